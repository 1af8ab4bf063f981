using Keelson.Interop.Tests;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>The published keelsond.</summary>
public sealed class KeelsondHost : EngineHost
{
    /// <inheritdoc/>
    public override string Name => "keelsond";

    /// <inheritdoc/>
    protected override string Socket => "/run/keelson/docker.sock";

    /// <inheritdoc/>
    protected override async Task StartAsync()
    {
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            (await Host.RunAsync("install", "-D", "--mode", "755", program, "/run/bin/" + Path.GetFileName(program))).Succeeds();
        await Daemon.StartAsync(Host, "keelsond", [Repository.PublishedDaemon, "--root", "/run/keelson-root", "--state", "/run/keelson"], ["/usr/bin/docker", "version"]);
    }
}
