using Keelson.Daemon.Logging;
using Keelson.Hosting;
using Keelson.Registry;
using Keelson.Registry.Garbage;
using Keelson.Registry.Storage;
using Keelson.Registry.Upstream;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>Runs a registry from start to end.</summary>
internal static class RegistryDaemon
{
    /// <summary>How long requests that run may go on when the registry stops: pushes of long layers among them.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30);

    /// <summary>The log that a configuration wants.</summary>
    public static DaemonLog Log(RegistryConfig config) => DaemonLog.OnStandardError(DaemonOptions.LevelOf(config.LogLevel), DaemonOptions.IsJson(config.LogFormat));

    /// <summary>Serves until it is asked to stop.</summary>
    /// <exception cref="KeelsonException">Unavailable: another registry has the store or the address.</exception>
    public static async Task RunAsync(RegistryConfig config, CancellationToken stop)
    {
        using DaemonLog log = Log(config);
        using LoggerFactory loggers = log.CreateFactory();
        ILogger logger = loggers.CreateLogger("registry");
        await using IStorageDriver driver = config.OpenStore();
        using OpenAuth auth = config.Auth.Open(logger);
        using RegistryServer registry = new(driver, config.Registry with { Authorizer = auth.Authorizer, IsImmutable = auth.IsImmutable }, logger);
        using ListeningSocket socket = ListeningSocket.Open("http.addr", config.Address, 0, 0);
        using QuietMemory quiet = new(TimeProvider.System, errno => logger.Odd($"give memory back: {errno}"));
        await using SocketServer server = new(loggers, isPublic: true);
        server.Listen(socket.Fd, HttpProtocols.Http1, quiet.Around(registry.HandleAsync));
        await server.StartAsync().ConfigureAwait(false);
        logger.RegistryServes(BuildInfo.Version, socket.Address, driver.Name, config.Root ?? "memory");
        quiet.TrimWhenQuiet();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task housekeeping = new Housekeeping(registry, config.Housekeeping, logger).RunAsync(ending.Token);
        Task synchronising = new Synchronisation(registry, config.Upstreams.Rules, TimeProvider.System, logger).RunAsync(ending.Token);
        await StopSignals.WaitAsync(stop).ConfigureAwait(false);
        logger.Stops();
        await server.StopAsync(DrainLimit).ConfigureAwait(false);
        await housekeeping.ConfigureAwait(false);
        await synchronising.ConfigureAwait(false);
    }
}
