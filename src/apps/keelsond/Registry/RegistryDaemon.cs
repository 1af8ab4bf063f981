using Keelson.Acme;
using Keelson.Daemon.Logging;
using Keelson.Daemon.Telemetry;
using Keelson.Hosting;
using Keelson.Registry;
using Keelson.Registry.Garbage;
using Keelson.Registry.Health;
using Keelson.Registry.Postgres;
using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Upstream;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Registry;

/// <summary>Runs a registry from start to end.</summary>
internal static class RegistryDaemon
{
    /// <summary>The log that a configuration wants.</summary>
    public static DaemonLog Log(RegistryConfig config) => DaemonLog.OnStandardError(DaemonOptions.LevelOf(config.LogLevel), DaemonOptions.IsJson(config.LogFormat));

    /// <summary>Serves until it is asked to stop.</summary>
    /// <exception cref="KeelsonException">Unavailable: another registry has the store or the address.</exception>
    public static async Task RunAsync(RegistryConfig config, CancellationToken stop)
    {
        using DaemonLog log = Log(config);
        using LoggerFactory loggers = log.CreateFactory();
        ILogger logger = loggers.CreateLogger("registry");
        ServiceNotices notices = new(logger);
        await using OtlpExporter? exporter = OtlpOptions.Read(Environment.GetEnvironmentVariable) is { } export ? new(export, BuildInfo.Version, logger.TraceTrouble) : null;
        using TraceListener traces = new(exporter is null ? null : exporter.Add);
        await using IStorageDriver driver = config.OpenStore();
        // A key that is wrong is told now, and not to the first client.
        if (driver is S3Driver bucket) await bucket.CheckAsync(stop).ConfigureAwait(false);
        await using PostgresCoordinator? coordinator = await config.OpenCoordinationAsync(serves: true, stop).ConfigureAwait(false);
        using OpenTokenServer? tokens = config.TokenServer?.Open(logger);
        using OpenAuth auth = config.Auth.Open(logger);
        HttpConfig http = config.Http;
        using ListeningSocket socket = ListeningSocket.Open("http.addr", http.Address, 0, 0);
        using ListeningSocket? debugSocket = http.DebugAddress is { } at ? ListeningSocket.Open("http.debug.addr", at, 0, 0) : null;
        using CertificateKeeper? keeper = http.Tls?.Acme?.Open(loggers.CreateLogger("acme"));
        using ListeningSocket? challengeSocket = http.Tls?.Acme?.HttpAddress is { } asked ? ListeningSocket.Open("http.tls.letsencrypt.http01addr", asked, 0, 0) : null;
        await using OpenNotifications? notifications = await config.Notifications.OpenAsync(driver, coordinator?.Member ?? "", socket.Address, logger).ConfigureAwait(false);
        // Where a redirect leads the secrets of a check may not belong.
        using HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        HealthMonitor health = new(config.Health.Checks(driver, client), logger);
        RegistryOptions options = config.Registry with
        {
            Authorizer = auth.Authorizer,
            IsImmutable = auth.IsImmutable,
            Observers = notifications is null ? [] : [notifications.Notifier],
            Trouble = () => health.Trouble,
        };
        using RegistryServer registry = new(driver, options, logger, coordinator);
        using QuietMemory quiet = new(TimeProvider.System, errno => logger.Odd($"give memory back: {errno}"));
        await using SocketServer server = new(loggers, isPublic: true);
        quiet.LetGo = server.TrimMemory;
        server.Listen(socket.Fd, Protocols(http), quiet.Around(new RegistryFront(http, registry, tokens?.Server, config.ServesBrowse).HandleAsync), tls: http.Tls?.Open(logger, keeper));
        if (challengeSocket is not null) server.Listen(challengeSocket.Fd, HttpProtocols.Http1, new AcmeFront(keeper!.Http).HandleAsync);
        using RegistryDebug? debug = debugSocket is null ? null : new(http.MetricsPath, health, notifications?.Notifier);
        if (debug is not null) server.Listen(debugSocket!.Fd, HttpProtocols.Http1, debug.HandleAsync);
        await server.StartAsync().ConfigureAwait(false);
        logger.RegistryServes(BuildInfo.Version, socket.Address, driver.Name, config.Place);
        if (challengeSocket is not null) logger.AnswersChallenges(challengeSocket.Address);
        if (debugSocket is not null) logger.ServesMetrics(debugSocket.Address);
        notices.Ready();
        quiet.TrimWhenQuiet();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] work =
        [
            new Housekeeping(registry, config.Housekeeping, logger).RunAsync(ending.Token),
            new Synchronisation(registry, config.Upstreams.Rules, TimeProvider.System, logger).RunAsync(ending.Token),
            health.RunAsync(ending.Token),
            keeper?.RunAsync(ending.Token) ?? Task.CompletedTask,
            notifications?.Notifier.RunAsync(ending.Token) ?? Task.CompletedTask,
        ];
        await StopSignals.WaitAsync(stop).ConfigureAwait(false);
        logger.Stops();
        notices.Stops();
        await server.StopAsync(http.DrainLimit, socket.Dispose).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(work).ConfigureAwait(false);
        try
        {
            await registry.SavePullsAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            logger.Odd(e.FullMessage);
        }
    }

    private static HttpProtocols Protocols(HttpConfig http) => (http.Tls is not null ? http.HasHttp2 : http.HasH2c) ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
}
