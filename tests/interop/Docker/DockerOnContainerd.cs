namespace Keelson.Interop.Tests;

/// <summary>The suites on dockerd with a containerd of its own.</summary>
public static class DockerOnContainerd
{
    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Exec(DockerdFixture docker) : DockerExecTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Filesystem(DockerdFixture docker) : DockerFilesystemTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Lifecycle(DockerdFixture docker) : DockerLifecycleTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Limits(DockerdFixture docker) : DockerLimitsTests(docker);

    /// <inheritdoc/>
    public sealed class LiveRestore(LiveRestoreDockerdFixture docker) : DockerLiveRestoreTests(docker), IClassFixture<LiveRestoreDockerdFixture>;

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Network(DockerdFixture docker) : DockerNetworkTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Run(DockerdFixture docker) : DockerRunTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Security(DockerdFixture docker) : DockerSecurityTests(docker);

    /// <inheritdoc/>
    [Collection<DockerdCollection>]
    public sealed class Terminal(DockerdFixture docker) : DockerTerminalTests(docker);
}
