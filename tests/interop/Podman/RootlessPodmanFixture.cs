namespace Keelson.Interop.Tests;

/// <summary>podman run by the user 2000, who has subordinate IDs and no cgroups.</summary>
public sealed class RootlessPodmanFixture : PodmanFixture
{
    /// <inheritdoc/>
    protected override string[] Cli =>
    [
        "setpriv", "--reuid", "2000", "--regid", "2000", "--clear-groups", "--inh-caps=-all", "env", "--chdir", "/run/home/keelson", "HOME=/run/home/keelson", "XDG_RUNTIME_DIR=/run/user/2000",
        "podman", "--runtime", Runtime,
    ];
}
