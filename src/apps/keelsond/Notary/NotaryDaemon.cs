using Keelson.Daemon.Logging;
using Keelson.Hosting;
using Keelson.Notary.Keys;
using Keelson.Notary.Server;
using Keelson.Notary.Signer;
using Keelson.Notary.Stores;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Notary;

/// <summary>Runs a server of collections, or a signer, from start to end.</summary>
internal static class NotaryDaemon
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);

    /// <summary>Serves collections until it is asked to stop.</summary>
    /// <exception cref="KeelsonException">Unavailable: the address is taken, or a database, the signer or the token cannot be reached. PermissionDenied: the token's PIN is wrong.</exception>
    public static async Task ServeAsync(NotaryServerConfig config, CancellationToken stop)
    {
        using DaemonLog log = DaemonLog.OnStandardError(DaemonOptions.LevelOf(config.LogLevel), isJson: false);
        using LoggerFactory loggers = log.CreateFactory();
        ILogger logger = loggers.CreateLogger("notary");
        ServiceNotices notices = new(logger);
        await using ITrustStore store = await config.Storage.OpenCollectionsAsync(stop).ConfigureAwait(false);
        await using IKeyService keys = await KeysAsync(config, stop).ConfigureAwait(false);
        using ListeningSocket socket = ListeningSocket.Open("server.http_addr", config.Address, 0, 0);
        NotaryServer notary = new(store, keys, config.Server with { Authorizer = config.Tokens is null ? null : new NotaryTokens(new TokenAuthorizer(config.Tokens with { Log = logger })) }, logger);
        using QuietMemory quiet = new(TimeProvider.System, errno => logger.Odd($"give memory back: {errno}"));
        using NotaryFront front = new(notary);
        await using SocketServer server = new(loggers, isPublic: true);
        quiet.LetGo = server.TrimMemory;
        server.Listen(socket.Fd, HttpProtocols.Http1AndHttp2, quiet.Around(front.HandleAsync), tls: config.Tls?.Open(logger, null));
        await server.StartAsync().ConfigureAwait(false);
        logger.NotaryServes(BuildInfo.Version, socket.Address, store.Name);
        notices.Ready();
        quiet.TrimWhenQuiet();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task renewal = notary.RunAsync(ending.Token);
        await StopSignals.WaitAsync(stop).ConfigureAwait(false);
        logger.Stops();
        notices.Stops();
        await server.StopAsync(DrainLimit, socket.Dispose).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await renewal.ConfigureAwait(false);
    }

    /// <summary>Signs for servers until it is asked to stop.</summary>
    /// <exception cref="KeelsonException">Unavailable: the address is taken, or the database or the token cannot be reached. PermissionDenied: the token's PIN is wrong.</exception>
    public static async Task SignAsync(NotarySignerConfig config, CancellationToken stop)
    {
        using DaemonLog log = DaemonLog.OnStandardError(DaemonOptions.LevelOf(config.LogLevel), isJson: false);
        using LoggerFactory loggers = log.CreateFactory();
        ILogger logger = loggers.CreateLogger("signer");
        ServiceNotices notices = new(logger);
        await using IKeyService keys = config.Token is { } token
            ? await token.OpenAsync(stop).ConfigureAwait(false)
            : await config.Storage.OpenKeysAsync(config.Alias, Environment.GetEnvironmentVariables(), stop).ConfigureAwait(false);
        using ListeningSocket socket = ListeningSocket.Open("server.grpc_addr", config.Address, 0, 0);
        await using SocketServer server = new(loggers, isPublic: true);
        server.Listen(socket.Fd, HttpProtocols.Http2, SignerServer.Make(keys, logger).HandleAsync, tls: config.Tls.Open(logger, null));
        await server.StartAsync().ConfigureAwait(false);
        logger.NotaryServes(BuildInfo.Version, socket.Address, config.Storage.Backend);
        notices.Ready();
        await StopSignals.WaitAsync(stop).ConfigureAwait(false);
        logger.Stops();
        notices.Stops();
        await server.StopAsync(DrainLimit, socket.Dispose).ConfigureAwait(false);
    }

    private static async Task<IKeyService> KeysAsync(NotaryServerConfig config, CancellationToken stop)
    {
        if (config.Signer is { } signer) return new RemoteKeyService(new() { Address = new UriBuilder("https", signer.Host, signer.Port).Uri, AuthorityFile = signer.Authorities, CertificateFile = signer.Certificate, KeyFile = signer.Key });
        if (config.Token is { } token) return await token.OpenAsync(stop).ConfigureAwait(false);
        return await config.Storage.OpenKeysAsync(null, Environment.GetEnvironmentVariables(), stop).ConfigureAwait(false);
    }
}
