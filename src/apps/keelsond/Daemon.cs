using Keelson.Api;
using Keelson.Content;
using Keelson.Daemon.Logging;
using Keelson.Engine;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon;

/// <summary>Runs the engine from start to end.</summary>
internal static class Daemon
{
    /// <summary>Calls at once on one connection. A client that waits for its tasks has one call open for each.</summary>
    private const int StreamLimit = 10_000;

    /// <summary>How long calls that run may go on when the daemon stops. Calls that wait for events end at once.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    /// <summary>Serves until it is asked to stop.</summary>
    /// <param name="options">How.</param>
    /// <param name="stop">Asks it to stop, be it before it serves.</param>
    /// <exception cref="KeelsonException">Unavailable: another daemon has the root directory or the socket. Or something is wrong with the stores.</exception>
    public static async Task RunAsync(DaemonOptions options, CancellationToken stop)
    {
        using DaemonLog log = new(options.Level, options.LogsJson, isJournal: Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 });
        ILogger logger = log.CreateLogger("keelsond");
        foreach (string warning in options.Config.Warnings) logger.Odd(warning);
        using DaemonDirectories directories = DaemonDirectories.Take(options);
        // The socket first: a daemon whose socket another one has must not touch that one's shims.
        using SocketFile socket = SocketFile.Open(options.Address, options.Config.Uid, options.Config.Gid);
        await using ContainerEngine engine = await OpenAsync(options, logger).ConfigureAwait(false);
        await engine.StartAsync(stop).ConfigureAwait(false);
        EngineInfo info = new(BuildInfo.Version, BuildInfo.Commit, DaemonDirectories.Uuid(options.Root), EngineParts.List(options, engine));
        await using GarbageScheduler scheduler = Schedule(engine.Database, options, logger);
        await using WebApplication host = Build(options, log, socket, engine, info);
        // Who asked to stop before this is heard below.
        await host.StartAsync(CancellationToken.None).ConfigureAwait(false);
        logger.Serves(BuildInfo.Version, options.Address, options.Root);
        // The start leaves several megabytes that are never needed again, and an idle daemon would keep them for ever.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        await host.WaitForShutdownAsync(stop).ConfigureAwait(false);
        logger.Stops();
    }

    private static async Task<ContainerEngine> OpenAsync(DaemonOptions options, ILogger logger)
    {
        ContainerEngine engine = await ContainerEngine.OpenAsync(new()
        {
            Root = options.Root,
            State = options.State,
            Metadata = options.Metadata,
            Snapshots = new() { Failed = logger.LeftBehind },
            Tasks = Tasks(options, logger),
            Containers = new() { Failed = (what, why) => logger.TaskTrouble(what, why) },
        }).ConfigureAwait(false);
        SnapshotRepair repair = engine.Snapshots.Repair;
        if (!repair.IsClean) logger.Mended(repair.Completed, repair.Unnamed, repair.Empty);
        foreach (string damaged in repair.Damaged) logger.Odd($"snapshot {damaged}: its files are gone and others stand on it");
        return engine;
    }

    private static WebApplication Build(DaemonOptions options, DaemonLog log, SocketFile socket, ContainerEngine engine, EngineInfo info)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "keelsond", ContentRootPath = "/" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The clients are on this machine and may be silent as long as they like, between calls and in the midst of them.
            kestrel.Limits.KeepAliveTimeout = Timeout.InfiniteTimeSpan;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = StreamLimit;
            kestrel.ListenHandle((ulong)socket.Fd, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(options.Level).AddFilter("Microsoft", Framework(options.Level)).AddFilter("Grpc", Framework(options.Level));
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopLimit);
        builder.Services.AddContainerdApi(engine, info, options.Config.ReceiveLimitBytes, options.Config.SendLimitBytes);
        WebApplication application = builder.Build();
        application.MapContainerdApi();
        return application;
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

    /// <summary>The framework's own lines are of interest to who debugs.</summary>
    private static LogLevel Framework(LogLevel level) => level <= LogLevel.Debug ? level : level < LogLevel.Warning ? LogLevel.Warning : level;
}
