namespace Keelson.Registry.Tests.Clients;

/// <summary>The clients against distribution 2.8.2, which show that the tests are right.</summary>
public static class OnDebian
{
    public sealed class OfSkopeo(DebianUnderTest registry) : SkopeoTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class OfUmoci(DebianUnderTest registry) : UmociTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class OfKeelson(DebianUnderTest registry) : KeelsonClientTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class OfPodman(DebianUnderTest registry) : PodmanTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class OfCtr(DebianUnderTest registry, ContainerdOfTests containerd) : CtrTests(registry, containerd), IClassFixture<DebianUnderTest>, IClassFixture<ContainerdOfTests>;

    public sealed class OfDocker(DebianUnderTest registry, DockerdOfTests dockerd) : DockerTests(registry, dockerd), IClassFixture<DebianUnderTest>, IClassFixture<DockerdOfTests>;
}
