using Keelson.Api;
using Keelson.Api.Metrics;
using Keelson.Cgroups;
using Keelson.Content;
using Keelson.Daemon.Docker;
using Keelson.Daemon.Logging;
using Keelson.Daemon.Telemetry;
using Keelson.DockerApi;
using Keelson.Engine;
using Keelson.Engine.Building;
using Keelson.Engine.Images;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks;
using Keelson.Hosting;
using Keelson.Hosting.Grpc;
using Keelson.Linux.Services;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon;

/// <summary>Runs the engine from start to end.</summary>
internal static class Daemon
{
    /// <summary>How long calls that run may go on when the daemon stops. Calls that wait for events end at once.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long a service manager is to wait for a container that is never to be killed.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromHours(1);

    /// <summary>Serves until it is asked to stop.</summary>
    /// <param name="options">How.</param>
    /// <param name="stop">Asks it to stop, be it before it serves.</param>
    /// <exception cref="KeelsonException">Unavailable: another daemon has the root directory or the socket. Or something is wrong with the stores.</exception>
    public static async Task RunAsync(DaemonOptions options, CancellationToken stop)
    {
        using DaemonLog log = DaemonLog.OnStandardError(options.Level, options.LogsJson);
        using LoggerFactory loggers = log.CreateFactory();
        ILogger logger = loggers.CreateLogger("keelsond");
        ServiceNotices notices = new(logger);
        using PassedSockets passed = PassedSockets.Take();
        foreach (string warning in options.Config.Warnings) logger.Odd(warning);
        await using OtlpExporter? exporter = OtlpOptions.Read(Environment.GetEnvironmentVariable) is { } export ? new(export, BuildInfo.Version, logger.TraceTrouble) : null;
        using TraceListener traces = new(exporter is null ? null : exporter.Add);
        using DaemonDirectories directories = DaemonDirectories.Take(options);
        // First of all: a daemon whose sockets another one has must not touch that one's shims.
        foreach (string address in (ReadOnlySpan<string>)[options.Address, options.DockerAddress])
            if (!passed.Has(address)) SocketFile.CheckDead(address);
        await using ContainerEngine engine = await OpenAsync(options, logger).ConfigureAwait(false);
        await engine.StartAsync(stop).ConfigureAwait(false);
        using SocketFile socket = SocketFile.Open(options.Address, options.Config.Uid, options.Config.Gid, passed: passed);
        using SocketFile dockerSocket = SocketFile.Open(options.DockerAddress, options.Config.Uid, options.Config.Docker.Gid, passed: passed);
        using DockerDoors doors = DockerDoors.Open(options.Config, passed, logger);
        string uuid = DaemonDirectories.Uuid(options.Root);
        EngineInfo info = new(BuildInfo.Version, BuildInfo.Commit, uuid, EngineParts.List(options, engine));
        await using GarbageScheduler scheduler = Schedule(engine.Database, options, logger);
        await using ImageGarbage images = new(engine, options.Config.ImageGarbage with { Removed = (space, removal) => logger.ImageRemoved(space, string.Join(", ", removal.Untagged), removal.FreedBytes), Failed = logger.CollectionFailed });
        using ListeningSocket? metricsSocket = options.Config.MetricsAddress is { } at ? ListeningSocket.Open("metrics.address", at, options.Config.Uid, options.Config.Gid, passed: passed) : null;
        CheckTaken(passed);
        GrpcCounters? counters = metricsSocket is null ? null : new();
        using QuietMemory quiet = new(TimeProvider.System, errno => logger.Odd($"give memory back: {errno}"));
        await using SocketServer server = new(loggers);
        quiet.LetGo = server.TrimMemory;
        server.Listen(socket.Fd, HttpProtocols.Http2, quiet.Around(ApiHosting.Serve(engine, info, loggers.CreateLogger("api"), server.Stopping, options.Config.Api with { Counters = counters }).HandleAsync));
        BuildHost builds = new(engine);
        if (await builds.RecoverAsync().ConfigureAwait(false) is > 0 and int left) logger.Odd($"{left} builds were not ended; what they left is removed");
        DockerApiServices docker = new()
        {
            Containers = engine.Containers,
            Images = engine.Images,
            Snapshots = engine.Snapshots,
            Maker = engine.Images,
            Builder = new(builds, TimeProvider.System),
            Registries = new RegistryQueries(engine.Options.Images),
            Info = new(BuildInfo.Version, BuildInfo.Commit, uuid, options.Root) { IsDebug = options.Level <= LogLevel.Debug, KeepsContainers = options.Config.Docker.KeepsContainers },
        };
        ILogger dockerLogger = loggers.CreateLogger("docker");
        server.Listen(dockerSocket.Fd, HttpProtocols.Http1, quiet.Around(new DockerApiServer(docker, dockerLogger, doors.Access(new(options.DockerAddress)), server.Stopping).HandleAsync), DockerApiHosting.AroundHttp);
        foreach (DockerDoor door in doors.More)
            server.Listen(door.Socket.Fd, HttpProtocols.Http1, quiet.Around(new DockerApiServer(docker, dockerLogger, doors.Access(door.Rights), server.Stopping).HandleAsync), DockerApiHosting.AroundHttp, door.Tls);
        using MetricsServer? metrics = metricsSocket is null ? null
            : new(engine, info, new(counters!) { HasCallHistograms = options.Config.HasCallHistograms }, loggers.CreateLogger("metrics"), server.Stopping);
        if (metrics is not null) server.Listen(metricsSocket!.Fd, HttpProtocols.Http1, metrics.HandleAsync);
        await using DashboardDoor? dashboard = await DashboardDoor.OpenAsync(options.Dashboard, options.State, docker, doors.Access(options.Dashboard.Rights), loggers, quiet.Around).ConfigureAwait(false);
        await server.StartAsync().ConfigureAwait(false);
        logger.Serves(BuildInfo.Version, options.Address, options.DockerAddress, options.Root);
        foreach (DockerDoor door in doors.More) logger.ServesDocker(door.Socket.Address);
        if (dashboard is not null) logger.ServesDashboard(dashboard.Address, dashboard.File);
        if (metrics is not null) logger.ServesMetrics(options.Config.MetricsAddress!);
        notices.Ready();
        quiet.TrimWhenQuiet();
        await StopSignals.WaitAsync(stop).ConfigureAwait(false);
        logger.Stops();
        notices.Stops();
        await Task.WhenAll(server.StopAsync(StopLimit), dashboard?.StopAsync(StopLimit) ?? Task.CompletedTask).ConfigureAwait(false);
        if (!options.Config.Docker.KeepsContainers || IsMachineStopping(logger)) await StopContainersAsync(engine, notices, logger).ConfigureAwait(false);
    }

    /// <summary>Containers outlive the daemon, but not the machine: what still runs then would be killed without its own signal, its streams and its record.</summary>
    private static bool IsMachineStopping(ILogger logger)
    {
        if (!SystemdHost.TakesOrders) return false;
        try
        {
            return SystemdHost.IsStopping();
        }
        catch (KeelsonException e)
        {
            logger.Odd($"ask systemd whether the machine stops: {e.FullMessage}");
            return false;
        }
    }

    private static async Task StopContainersAsync(ContainerEngine engine, ServiceNotices notices, ILogger logger)
    {
        TimeSpan limit = engine.StopLimit;
        notices.StopsWithin(limit == Timeout.InfiniteTimeSpan ? LongestStop : limit + StopLimit);
        logger.StopsContainers();
        await engine.StopContainersAsync().ConfigureAwait(false);
    }

    /// <summary>A client of a socket that nobody serves would wait for ever.</summary>
    private static void CheckTaken(PassedSockets passed)
    {
        string[] left = [.. passed.Addresses];
        if (left.Length > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"sockets of the service manager: nothing is configured to listen at {string.Join(", ", left)}");
    }

    private static async Task<ContainerEngine> OpenAsync(DaemonOptions options, ILogger logger)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(new()
        {
            Root = options.Root,
            State = options.State,
            Metadata = options.Metadata with { Blobs = options.OpenBlobs(DaemonDirectories.Uuid(options.Root)) },
            Snapshots = options.Snapshots with { Failed = logger.LeftBehind },
            Images = options.Images with { Client = new() { Warn = logger.Odd } },
            Differs = options.Differs,
            Tasks = Tasks(options, logger),
            Containers = new()
            {
                Failed = logger.TaskTrouble, VolumePlugins = options.VolumePlugins, Logs = options.Logs, CgroupDriver = options.CgroupDriver, CgroupParent = options.Config.Docker.CgroupParent,
            },
            Networks = options.Networks(DaemonDirectories.Uuid(options.Root)),
        }).ConfigureAwait(false);
        SnapshotRepair repair = engine.Snapshots.Repair;
        if (!repair.IsClean) logger.Mended(repair.Completed, repair.Unnamed, repair.Empty);
        foreach (string damaged in repair.Damaged) logger.Odd($"snapshot {damaged}: its files are gone and others stand on it");
        return engine;
    }

    private static TaskServiceOptions Tasks(DaemonOptions options, ILogger logger) => new()
    {
        Address = options.Address,
        PublishProgram = Environment.ProcessPath ?? "",
        IsDebug = options.Level <= LogLevel.Debug,
        RestartInterval = options.Config.RestartInterval,
        ShimLogged = logger.Shim,
        Failed = logger.TaskTrouble,
    };

    private static GarbageScheduler Schedule(MetadataDatabase database, DaemonOptions options, ILogger logger) => new(database, options.Config.Garbage)
    {
        Collected = report =>
        {
            if (report.Removed.Count > 0 || report.RemovedBlobs > 0)
                logger.Collected(report.Removed.Count, report.RemovedBlobs, report.RemovedBytes, report.Elapsed);
            foreach (Exception failure in report.Failures) logger.LeftBehind(failure);
        },
        Failed = logger.CollectionFailed,
    };
}
