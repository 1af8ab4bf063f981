namespace Keelson.Tuf.Tests;

/// <summary>Metadata that notary 0.7 and its server made: three roots after rotations, keys of ECDSA and Ed25519, delegations with certificates of ECDSA and RSA.</summary>
public sealed class GoldenNotaryTests
{
    private const string Collection = "localhost/golden/image";

    [Fact]
    public async Task Notarys_own_metadata_are_trusted_from_the_first_root_on()
    {
        (TufClient client, RecordingStore store) = await ClientAsync();
        await client.RefreshAsync();
        Assert.Equal((3, 9), (store.VersionOf(TufRoles.Root), store.VersionOf(TufRoles.Snapshot)));
        Assert.Equal(new DateTimeOffset(2029, 11, 26, 12, 39, 31, TimeSpan.Zero).AddTicks(312137), client.Trusted!.Snapshot!.Expires);
    }

    [Theory]
    [InlineData("v1", "targets", true)]
    [InlineData("v2", "targets/releases", true)]
    [InlineData("v2", "targets", true)]
    [InlineData("qa/v3", "targets/qa", true)]
    [InlineData("v1", "targets/releases", false)]
    [InlineData("v1", "targets/qa", false)]
    public async Task Targets_are_found_where_notary_put_them(string path, string role, bool isFound)
    {
        (TufClient client, _) = await ClientAsync();
        TufTargetFile? target = await client.FindTargetAsync(path, role);
        Assert.Equal(isFound, target is not null);
        if (isFound) Assert.True(target!.Hashes.Match(path == "v1" ? "hello\n"u8 : "world\n"u8));
    }

    [Fact]
    public void A_root_that_this_library_reads_and_writes_again_keeps_its_signature()
    {
        NotaryDialect dialect = new(Collection);
        byte[] golden = File.ReadAllBytes(PathOf("1.root.json"));
        // Signing anew replaces no one else's signature, and puts the tree through writer and reader.
        byte[] again = TufSigning.Add(golden, dialect, [EcdsaSigner.Generate()]);
        _ = new TufTrustedSet(again, dialect, default);
        Assert.Equal(TufEnvelope.Parse(golden, dialect).Canonical.ToArray(), TufEnvelope.Parse(again, dialect).Canonical.ToArray());
    }

    [Fact]
    public async Task Notarys_metadata_for_another_collection_are_refused()
    {
        (TufClient client, RecordingStore store) = await ClientAsync("localhost/golden/other");
        await client.RefusesAsync(store, TufFault.BadKey, TufRoles.Root);
    }

    private static async Task<(TufClient Client, RecordingStore Store)> ClientAsync(string collection = Collection)
    {
        RecordingStore store = new();
        TufClient client = new(new NotaryDialect(collection), store, new Folder(), new() { Time = new TestClock() });
        await client.InitializeAsync(File.ReadAllBytes(PathOf("1.root.json")));
        return (client, store);
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Golden/notary", name);

    private sealed class Folder : ITufFetcher
    {
        public Task<Stream?> OpenAsync(string path, CancellationToken cancellation) => Task.FromResult<Stream?>(File.Exists(PathOf(path)) ? File.OpenRead(PathOf(path)) : null);
    }
}
