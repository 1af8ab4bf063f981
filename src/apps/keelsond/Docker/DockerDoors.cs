using Keelson.Daemon.Configuration;
using Keelson.Daemon.Logging;
using Keelson.DockerApi;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Authorization;
using Keelson.Linux.Services;
using Keelson.Plugins;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Docker;

/// <summary>Sockets for docker's clients besides the first one, and what all of them share: who is asked, and where changes are noted.</summary>
internal sealed class DockerDoors : IDisposable
{
    private readonly List<DockerDoor> doors = [];
    private readonly AuthorizationPlugins? plugins;
    private readonly AuditLog? audit;

    private DockerDoors(DockerConfig config, ILogger logger)
    {
        PluginDirectory directory = config.PluginFolder is { } folder ? new([folder], []) : PluginDirectory.Standard;
        if (config.AuthorizationPlugins.Count > 0) plugins = new(config.AuthorizationPlugins, directory);
        if (config.Audit is { } path) audit = new(path, config.AuditLimitBytes, (problem, _) => logger.AuditFailed(problem));
    }

    /// <summary>The sockets.</summary>
    public IReadOnlyList<DockerDoor> More => doors;

    /// <summary>Begins to listen.</summary>
    /// <param name="config">What is wanted.</param>
    /// <param name="passed">Sockets of the service manager.</param>
    /// <param name="logger">Hears of what goes wrong later.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an address or a file of TLS is not usable. Unavailable: somebody listens there. Or the audit log cannot be opened.</exception>
    public static DockerDoors Open(DaemonConfig config, PassedSockets passed, ILogger logger)
    {
        DockerDoors opened = new(config.Docker, logger);
        try
        {
            foreach (DockerSocketConfig socket in config.Docker.Sockets)
            {
                var tls = socket.Tls?.Open(logger);
                ListeningSocket listening = ListeningSocket.Open("docker.sockets.address", socket.Address, config.Uid, socket.Gid, socket.Mode, passed);
                opened.doors.Add(new(listening, socket.Rights with { Socket = listening.Address }, tls));
            }
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Who may do what through a socket.</summary>
    public DockerApiAccess Access(SocketRights rights) => new(rights) { Plugins = plugins, Audit = audit };

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        foreach (DockerDoor door in doors) door.Socket.Dispose();
        plugins?.Dispose();
        audit?.Dispose();
    }
}
