namespace Keelson.Registry.Tests.Conformance;

/// <summary>The conformance tests against our registry with its store in a bucket.</summary>
public static class OnKeelsonInBucket
{
    public sealed class Probe(KeelsonInBucket registry) : ProbeTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class BlobPull(KeelsonInBucket registry) : BlobPullTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class BlobRange(KeelsonInBucket registry) : BlobRangeTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class ManifestPull(KeelsonInBucket registry) : ManifestPullTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class MonolithicUpload(KeelsonInBucket registry) : MonolithicUploadTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class ChunkedUpload(KeelsonInBucket registry) : ChunkedUploadTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class InterruptedUpload(KeelsonInBucket registry) : InterruptedUploadTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class UploadSession(KeelsonInBucket registry) : UploadSessionTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Mount(KeelsonInBucket registry) : MountTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class ManifestPush(KeelsonInBucket registry) : ManifestPushTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Tag(KeelsonInBucket registry) : TagTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Catalog(KeelsonInBucket registry) : CatalogTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Delete(KeelsonInBucket registry) : DeleteTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Error(KeelsonInBucket registry) : ErrorTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Concurrency(KeelsonInBucket registry) : ConcurrencyTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class DeleteRace(KeelsonInBucket registry) : DeleteRaceTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Referrer(KeelsonInBucket registry) : ReferrerTests(registry), IClassFixture<KeelsonInBucket>;

    public sealed class Beyond(KeelsonInBucket registry) : BeyondTests(registry), IClassFixture<KeelsonInBucket>;
}
