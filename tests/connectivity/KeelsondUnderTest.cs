namespace Keelson.Connectivity.Tests;

/// <summary>The published keelsond.</summary>
public sealed class KeelsondUnderTest : EngineUnderTest
{
    /// <inheritdoc/>
    public override string Name => "keelsond";

    /// <inheritdoc/>
    public override string? Missing => Callers.Missing("docker", "tini", "socat", "dnsmasq") ?? Needs.Missing(Need.PublishedDaemon) ?? Needs.Missing(Need.PublishedPrograms);

    /// <inheritdoc/>
    protected override string Socket => "/run/keelson/docker.sock";

    /// <inheritdoc/>
    protected override async Task StartAsync()
    {
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            (await Host.RunAsync("install", "-D", "--mode", "755", program, "/run/bin/" + Path.GetFileName(program))).Succeeds();
        await Daemon.StartAsync(Host, "keelsond", [Repository.PublishedDaemon, "--root", "/run/keelson-root", "--state", "/run/keelson", "--log-level", "debug"], ["/usr/bin/docker", "version"]);
    }
}
