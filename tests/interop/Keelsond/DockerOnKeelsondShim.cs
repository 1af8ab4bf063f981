namespace Keelson.Interop.Tests;

/// <summary>The suites on dockerd over keelsond with our shim, as far as they are about the shim.</summary>
public static class DockerOnKeelsondShim
{
    /// <inheritdoc/>
    [Collection<KeelsondShimDockerdCollection>]
    public sealed class Exec(KeelsondShimDockerdFixture docker) : DockerExecTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondShimDockerdCollection>]
    public sealed class Lifecycle(KeelsondShimDockerdFixture docker) : DockerLifecycleTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondShimDockerdCollection>]
    public sealed class Limits(KeelsondShimDockerdFixture docker) : DockerLimitsTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondShimDockerdCollection>]
    public sealed class Run(KeelsondShimDockerdFixture docker) : DockerRunTests(docker);

    /// <inheritdoc/>
    [Collection<KeelsondShimDockerdCollection>]
    public sealed class Terminal(KeelsondShimDockerdFixture docker) : DockerTerminalTests(docker);
}
