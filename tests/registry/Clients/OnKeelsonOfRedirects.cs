namespace Keelson.Registry.Tests.Clients;

/// <summary>The clients against our registry over a bucket: they get blobs from there.</summary>
public static class OnKeelsonOfRedirects
{
    public sealed class OfSkopeo(KeelsonOfRedirects registry) : SkopeoTests(registry), IClassFixture<KeelsonOfRedirects>;

    public sealed class OfKeelson(KeelsonOfRedirects registry) : KeelsonClientTests(registry), IClassFixture<KeelsonOfRedirects>;

    public sealed class OfPodman(KeelsonOfRedirects registry) : PodmanTests(registry), IClassFixture<KeelsonOfRedirects>;

    public sealed class OfCtr(KeelsonOfRedirects registry, ContainerdOfTests containerd) : CtrTests(registry, containerd), IClassFixture<KeelsonOfRedirects>, IClassFixture<ContainerdOfTests>;

    public sealed class OfDocker(KeelsonOfRedirects registry, DockerdOfTests dockerd) : DockerTests(registry, dockerd), IClassFixture<KeelsonOfRedirects>, IClassFixture<DockerdOfTests>;
}
