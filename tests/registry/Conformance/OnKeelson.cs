namespace Keelson.Registry.Tests.Conformance;

/// <summary>The conformance tests against our registry over files.</summary>
public static class OnKeelson
{
    public sealed class Probe(KeelsonUnderTest registry) : ProbeTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class BlobPull(KeelsonUnderTest registry) : BlobPullTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class BlobRange(KeelsonUnderTest registry) : BlobRangeTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class ManifestPull(KeelsonUnderTest registry) : ManifestPullTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class MonolithicUpload(KeelsonUnderTest registry) : MonolithicUploadTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class ChunkedUpload(KeelsonUnderTest registry) : ChunkedUploadTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class InterruptedUpload(KeelsonUnderTest registry) : InterruptedUploadTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class UploadSession(KeelsonUnderTest registry) : UploadSessionTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Mount(KeelsonUnderTest registry) : MountTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class ManifestPush(KeelsonUnderTest registry) : ManifestPushTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Tag(KeelsonUnderTest registry) : TagTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Catalog(KeelsonUnderTest registry) : CatalogTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Delete(KeelsonUnderTest registry) : DeleteTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Error(KeelsonUnderTest registry) : ErrorTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Concurrency(KeelsonUnderTest registry) : ConcurrencyTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class DeleteRace(KeelsonUnderTest registry) : DeleteRaceTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Referrer(KeelsonUnderTest registry) : ReferrerTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Beyond(KeelsonUnderTest registry) : BeyondTests(registry), IClassFixture<KeelsonUnderTest>;
}
