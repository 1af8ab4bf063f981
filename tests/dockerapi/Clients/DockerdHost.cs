using Keelson.Interop.Tests;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>Debian's dockerd.</summary>
public sealed class DockerdHost : EngineHost
{
    /// <inheritdoc/>
    public override string Name => "dockerd";

    /// <inheritdoc/>
    protected override string Socket => "/run/docker.sock";

    /// <inheritdoc/>
    protected override Task StartAsync() => Daemon.StartAsync(Host, "dockerd",
        ["dockerd", "--data-root", "/run/docker-data", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--host", "unix://" + Socket, "--storage-driver", "overlay2", "--shutdown-timeout", "1"],
        ["/usr/bin/docker", "version"]);
}
