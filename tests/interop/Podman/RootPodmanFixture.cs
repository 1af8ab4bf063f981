namespace Keelson.Interop.Tests;

/// <summary>podman run by root.</summary>
public sealed class RootPodmanFixture : PodmanFixture
{
    /// <inheritdoc/>
    protected override string[] Cli => ["podman", "--root", "/run/podman-root", "--runroot", "/run/podman", "--runtime", Runtime];
}
