namespace Keelson.Interop.Tests;

/// <summary>The suites on dockerd over keelsond, with containerd's shim.</summary>
public static class DockerOnKeelsond
{
    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Exec(KeelsondDockerdFixture docker) : DockerExecTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Filesystem(KeelsondDockerdFixture docker) : DockerFilesystemTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Lifecycle(KeelsondDockerdFixture docker) : DockerLifecycleTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Limits(KeelsondDockerdFixture docker) : DockerLimitsTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Network(KeelsondDockerdFixture docker) : DockerNetworkTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Run(KeelsondDockerdFixture docker) : DockerRunTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Security(KeelsondDockerdFixture docker) : DockerSecurityTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondDockerdCollection>]
    public sealed class Terminal(KeelsondDockerdFixture docker) : DockerTerminalTests(docker);
}
