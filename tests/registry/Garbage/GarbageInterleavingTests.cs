using System.Globalization;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Garbage;
using Keelson.Registry.Postgres;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;

namespace Keelson.Registry.Tests.Garbage;

/// <summary>
/// A push and a collection at the same time: each stops once, at each of its calls of the store, while the other goes on. Whatever the order, what was acknowledged
/// is there and whole.
/// </summary>
/// <param name="database">What registries on one store share.</param>
public class GarbageInterleavingTests(PostgresServer database) : IClassFixture<PostgresServer>
{
    private const string Place = "team/app", Other = "other", Fetched = "fetched";

    /// <summary>What a client does, after which its image is whole.</summary>
    public static TheoryData<string> Clients => new(nameof(FindsItsBlob), nameof(PushesTheSameBlob), nameof(MountsItFromAnother), nameof(PushesTheDeletedManifestAgain), nameof(MovesATag), nameof(PushesWhatWasFetched));

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task An_acknowledged_push_is_whole_wherever_the_collection_stops(string client)
    {
        int interleavings = 0;
        bool isGoing = true;
        for (int collectorStop = 0; isGoing; collectorStop += 1)
        {
            bool isClientGoing = true;
            for (int clientStop = 0; isClientGoing; clientStop += 3)
            {
                (isGoing, isClientGoing) = await RunAsync(client, collectorStop, clientStop, collectorFirst: interleavings % 2 == 0);
                interleavings++;
            }
        }
        Assert.InRange(interleavings, 50, 50_000);
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public Task An_acknowledged_push_is_whole_when_the_collection_of_another_registry_stops(string client) => RunAsync(client, 5, 13);

    [Theory]
    [Trait("suite", "soak")]
    [MemberData(nameof(Clients))]
    public Task An_acknowledged_push_is_whole_wherever_the_collection_of_another_registry_stops(string client) => RunAsync(client, 1, 3);

    private async Task RunAsync(string client, int collectorStep, int clientStep)
    {
        PostgresOptions options = new() { Connection = database.Connection, Store = client };
        await using PostgresCoordinator one = await PostgresCoordinator.OpenAsync(options), other = await PostgresCoordinator.OpenAsync(options);
        int interleavings = 0;
        bool isGoing = true;
        for (int collectorStop = 0; isGoing; collectorStop += collectorStep)
        {
            bool isClientGoing = true;
            for (int clientStop = interleavings % clientStep; isClientGoing; clientStop += clientStep)
            {
                (isGoing, isClientGoing) = await RunAsync(client, collectorStop, clientStop, collectorFirst: interleavings % 2 == 0, one, other);
                interleavings++;
            }
        }
        Assert.InRange(interleavings, 10, 50_000);
    }

    private static async Task<(bool Collector, bool Client)> RunAsync(string client, int collectorStop, int clientStop, bool collectorFirst, IRegistryCoordinator? one = null, IRegistryCoordinator? other = null)
    {
        TestClock time = new();
        await using MemoryDriver memory = new(time);
        await using InterleavedDriver driver = new(memory);
        using Parts parts = new(driver, time, one);
        // Another registry on the same store, or the same.
        using Parts? second = other is null ? null : new(driver, time, other);
        RegistryCollector collector = (second ?? parts).Collector;
        await parts.PrepareAsync();
        time.Advance(TimeSpan.FromHours(2));
        GarbageOptions garbage = new() { RemovesUntagged = true };
        Task Collect() => collector.CollectAsync(garbage, default);
        Task Push() => client switch
        {
            nameof(FindsItsBlob) => FindsItsBlob(parts),
            nameof(PushesTheSameBlob) => PushesTheSameBlob(parts),
            nameof(MountsItFromAnother) => MountsItFromAnother(parts),
            nameof(PushesTheDeletedManifestAgain) => PushesTheDeletedManifestAgain(parts),
            nameof(PushesWhatWasFetched) => PushesWhatWasFetched(parts),
            _ => MovesATag(parts),
        };
        (bool, bool) went;
        if (collectorFirst) went = await InterleavedDriver.RunAsync(Collect, collectorStop, Push, clientStop);
        else
        {
            (bool pushed, bool collected) = await InterleavedDriver.RunAsync(Push, clientStop, Collect, collectorStop);
            went = (collected, pushed);
        }
        string where = string.Create(CultureInfo.InvariantCulture, $"{client}, collector stops at {collectorStop}, client at {clientStop}, {(collectorFirst ? "collector" : "client")} first");
        await parts.CheckAsync(where);
        // Once more, alone: what is whole stays whole.
        await collector.CollectAsync(garbage, default);
        await parts.CheckAsync(where + ", and once more");
        return went;
    }

    /// <summary>Asks for the blob, and pushes it only when it is not there.</summary>
    private static async Task FindsItsBlob(Parts parts)
    {
        foreach (byte[] blob in parts.Blobs)
            if (await parts.Store.FindAsync(Place, Digest.Of(blob), default) is null) await parts.PushBlobAsync(Place, blob);
        await parts.PushManifestAsync(Place, "new");
    }

    /// <summary>Pushes without asking.</summary>
    private static async Task PushesTheSameBlob(Parts parts)
    {
        foreach (byte[] blob in parts.Blobs) await parts.PushBlobAsync("third", blob);
        await parts.PushManifestAsync("third", "new");
    }

    /// <summary>Mounts what another repository has, and pushes what it cannot.</summary>
    private static async Task MountsItFromAnother(Parts parts)
    {
        foreach (byte[] blob in parts.Blobs)
        {
            Digest digest = Digest.Of(blob);
            if (await parts.Store.FindAsync(Place, digest, default) is null || !await parts.Store.TryMountAsync("third", digest, default)) await parts.PushBlobAsync("third", blob);
        }
        await parts.PushManifestAsync("third", "new");
    }

    /// <summary>Deletes a manifest, whose blobs are garbage then, and pushes it again as a client does that has asked for nothing.</summary>
    private static async Task PushesTheDeletedManifestAgain(Parts parts)
    {
        await parts.Manifests.RemoveAsync(Other, Digest.Of(parts.Manifest), _ => { }, default);
        await PushesTheSameBlob(parts);
    }

    /// <summary>Moves a tag away from a manifest and tags that manifest again.</summary>
    private static async Task MovesATag(Parts parts)
    {
        await parts.Manifests.RemoveTagAsync(Other, "1", _ => { }, default);
        foreach (byte[] blob in parts.Blobs)
            if (await parts.Store.FindAsync(Other, Digest.Of(blob), default) is null) await parts.PushBlobAsync(Other, blob);
        await parts.PushManifestAsync(Other, "new");
    }

    /// <summary>Makes its own what came from an upstream and that nobody has used for long.</summary>
    private static async Task PushesWhatWasFetched(Parts parts)
    {
        foreach (byte[] blob in parts.Blobs)
            if (await parts.Store.FindAsync(Fetched, Digest.Of(blob), default) is null) await parts.PushBlobAsync(Fetched, blob);
        await parts.PushManifestAsync(Fetched, "1");
    }

    /// <summary>A registry without HTTP.</summary>
    private sealed class Parts : IDisposable
    {
        private readonly RepositoryCatalog catalog;
        private readonly UploadStore uploads;
        private readonly List<(string Repository, string Tag)> acknowledged = [];

        public Parts(IStorageDriver driver, TestClock time, IRegistryCoordinator? shared = null)
        {
            IRegistryCoordinator coordinator = shared ?? new LocalCoordinator();
            RegistryStoreOptions options = new() { Time = time, CachedLifetime = _ => TimeSpan.FromHours(1) };
            LinkFiles links = new(driver);
            catalog = new(driver, coordinator);
            Store = new(driver, links, coordinator, options);
            uploads = new(driver, Store, coordinator, options);
            Manifests = new(driver, links, Store, catalog, coordinator, options);
            Collector = new(driver, links, Store, Manifests, catalog, coordinator, options);
            byte[] layer = Encoding.ASCII.GetBytes("a layer"), config = Encoding.ASCII.GetBytes("""{"os":"linux"}""");
            Blobs = [config, layer];
            Manifest = Pushes.Manifest(config, layer);
        }

        public IReadOnlyList<byte[]> Blobs { get; }

        public byte[] Manifest { get; }

        public BlobStore Store { get; }

        public ManifestStore Manifests { get; }

        public RegistryCollector Collector { get; }

        /// <summary>One repository has the blobs and no manifest, another one a manifest with a tag, a third one the same from an upstream.</summary>
        public async Task PrepareAsync()
        {
            foreach (byte[] blob in Blobs)
            {
                await PushBlobAsync(Place, blob);
                await PushBlobAsync(Other, blob);
                await PushBlobAsync(Fetched, blob);
            }
            await PushManifestAsync(Other, "1");
            await Manifests.KeepAsync(Fetched, StoredManifest.Parse(Digest.Of(Manifest), Manifest, null), "1", Origin.Cached, default);
            acknowledged.Clear();
        }

        public async Task PushBlobAsync(string repository, byte[] content)
        {
            UploadSession session = await uploads.CreateAsync(repository, "sha256", default);
            await uploads.EnterAsync(session, default);
            await uploads.AppendAsync(session, System.IO.Pipelines.PipeReader.Create(new MemoryStream(content)), long.MaxValue, default);
            await uploads.FinishAsync(session, Digest.Of(content), default);
        }

        public async Task PushManifestAsync(string repository, string tag)
        {
            StoredManifest manifest = StoredManifest.Parse(Digest.Of(Manifest), Manifest, null);
            await Manifests.PutAsync(repository, manifest, [tag], _ => ValueTask.CompletedTask, default);
            acknowledged.Add((repository, tag));
        }

        public async Task CheckAsync(string where)
        {
            foreach ((string repository, string tag) in acknowledged)
            {
                Digest digest = await Manifests.ResolveAsync(repository, tag, default) ?? throw new InvalidOperationException($"{where}: the tag is gone");
                Assert.True(await Manifests.FindAsync(repository, digest, default) is not null, where + ": the manifest is gone");
                foreach (byte[] blob in Blobs)
                {
                    await using IStorageReader reader = await Store.OpenAsync(repository, Digest.Of(blob), default) ?? throw new InvalidOperationException($"{where}: a blob is gone");
                    Assert.Equal(blob.Length, reader.Length);
                }
            }
            Assert.NotEmpty(acknowledged);
        }

        public void Dispose()
        {
            uploads.Dispose();
            catalog.Dispose();
        }
    }
}
