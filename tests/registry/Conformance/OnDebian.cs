namespace Keelson.Registry.Tests.Conformance;

/// <summary>The conformance tests against distribution 2.8.2, which show that the tests are right.</summary>
public static class OnDebian
{
    public sealed class Probe(DebianUnderTest registry) : ProbeTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class BlobPull(DebianUnderTest registry) : BlobPullTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class BlobRange(DebianUnderTest registry) : BlobRangeTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class ManifestPull(DebianUnderTest registry) : ManifestPullTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class MonolithicUpload(DebianUnderTest registry) : MonolithicUploadTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class ChunkedUpload(DebianUnderTest registry) : ChunkedUploadTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class InterruptedUpload(DebianUnderTest registry) : InterruptedUploadTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class UploadSession(DebianUnderTest registry) : UploadSessionTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Mount(DebianUnderTest registry) : MountTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class ManifestPush(DebianUnderTest registry) : ManifestPushTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Tag(DebianUnderTest registry) : TagTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Catalog(DebianUnderTest registry) : CatalogTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Delete(DebianUnderTest registry) : DeleteTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Error(DebianUnderTest registry) : ErrorTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Concurrency(DebianUnderTest registry) : ConcurrencyTests(registry), IClassFixture<DebianUnderTest>;
}
