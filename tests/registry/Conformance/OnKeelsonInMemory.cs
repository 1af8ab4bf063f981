namespace Keelson.Registry.Tests.Conformance;

/// <summary>The conformance tests against our registry with its store in memory.</summary>
public static class OnKeelsonInMemory
{
    public sealed class Probe(KeelsonInMemory registry) : ProbeTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class BlobPull(KeelsonInMemory registry) : BlobPullTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class BlobRange(KeelsonInMemory registry) : BlobRangeTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class ManifestPull(KeelsonInMemory registry) : ManifestPullTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class MonolithicUpload(KeelsonInMemory registry) : MonolithicUploadTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class ChunkedUpload(KeelsonInMemory registry) : ChunkedUploadTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class InterruptedUpload(KeelsonInMemory registry) : InterruptedUploadTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class UploadSession(KeelsonInMemory registry) : UploadSessionTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Mount(KeelsonInMemory registry) : MountTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class ManifestPush(KeelsonInMemory registry) : ManifestPushTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Tag(KeelsonInMemory registry) : TagTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Catalog(KeelsonInMemory registry) : CatalogTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Delete(KeelsonInMemory registry) : DeleteTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Error(KeelsonInMemory registry) : ErrorTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Concurrency(KeelsonInMemory registry) : ConcurrencyTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class DeleteRace(KeelsonInMemory registry) : DeleteRaceTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Referrer(KeelsonInMemory registry) : ReferrerTests(registry), IClassFixture<KeelsonInMemory>;

    public sealed class Beyond(KeelsonInMemory registry) : BeyondTests(registry), IClassFixture<KeelsonInMemory>;
}
