namespace Keelson.Connectivity.Tests;

/// <summary>dockerd 20.10 with its filters for IPv6 on, which was an experiment then.</summary>
public sealed class DockerdUnderTest : EngineUnderTest
{
    /// <inheritdoc/>
    public override string Name => "dockerd";

    /// <inheritdoc/>
    public override string? Missing => Callers.Missing("dockerd", "tini", "socat", "dnsmasq");

    /// <inheritdoc/>
    protected override string Socket => "/run/docker.sock";

    /// <inheritdoc/>
    protected override Task StartAsync() => Daemon.StartAsync(Host, "dockerd",
        ["dockerd", "--data-root", "/run/docker-data", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--host", "unix://" + Socket, "--storage-driver", "overlay2", "--shutdown-timeout", "1",
            "--experimental", "--ip6tables"],
        ["/usr/bin/docker", "version"]);
}
