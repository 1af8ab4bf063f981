namespace Keelson.Registry.Tests.Clients;

/// <summary>The clients against our registry.</summary>
public static class OnKeelson
{
    public sealed class OfSkopeo(KeelsonUnderTest registry) : SkopeoTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class OfUmoci(KeelsonUnderTest registry) : UmociTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class OfKeelson(KeelsonUnderTest registry) : KeelsonClientTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class OfPodman(KeelsonUnderTest registry) : PodmanTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class OfCtr(KeelsonUnderTest registry, ContainerdOfTests containerd) : CtrTests(registry, containerd), IClassFixture<KeelsonUnderTest>, IClassFixture<ContainerdOfTests>;

    public sealed class OfDocker(KeelsonUnderTest registry, DockerdOfTests dockerd) : DockerTests(registry, dockerd), IClassFixture<KeelsonUnderTest>, IClassFixture<DockerdOfTests>;
}
