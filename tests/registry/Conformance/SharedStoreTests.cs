using Keelson.Oci;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>A store that distribution 2.8.2 and ours have in turn, as it is.</summary>
public sealed class SharedStoreTests : IAsyncLifetime
{
    private readonly string store = TestDirectory.Make("store");

    [Fact]
    public async Task What_distribution_has_stored_is_served_and_what_we_add_and_delete_is_so_for_distribution()
    {
        Document image, gone, docker, list, index, added, about;
        Blob blob;
        await using (Turn turn = await OfDistributionAsync())
        {
            image = await turn.PushImageAsync("1");
            gone = await turn.PushImageAsync("gone");
            docker = await turn.PushDockerImageAsync("docker");
            list = await turn.PushAsync(Document.Index(MediaTypes.DockerIndex, docker), "list");
            index = await turn.PushAsync(Document.Index(MediaTypes.OciIndex, image), "index");
            blob = await turn.PushBlobAsync();
        }
        await using (Turn turn = await OfOursAsync())
        {
            foreach ((string tag, Document document) in ((string, Document)[])[("1", image), ("gone", gone), ("docker", docker), ("list", list), ("index", index)]) await turn.HasAsync(tag, document);
            await turn.ListsAsync("1", "docker", "gone", "index", "list");
            await turn.HasBlobAsync(blob);
            await turn.DeleteAsync(gone);
            added = await turn.PushAsync(Document.Image(blob, [blob]), "added");
            await turn.PushBlobAsync(Document.Empty);
            about = await turn.PushAsync(Document.About(added, "application/vnd.example"));
            await turn.PushAsync(docker, "1");
        }
        await using (Turn turn = await OfDistributionAsync(collects: true))
        {
            foreach ((string tag, Document document) in ((string, Document)[])[("1", docker), ("added", added), ("docker", docker), ("list", list), ("index", index), (about.Digest, about), (image.Digest, image)]) await turn.HasAsync(tag, document);
            await turn.ListsAsync("1", "added", "docker", "index", "list");
            await turn.HasBlobAsync(blob);
            await turn.HasNotAsync(gone);
        }
        await using (Turn turn = await OfOursAsync())
        {
            foreach ((string tag, Document document) in ((string, Document)[])[("1", docker), ("added", added), ("index", index), (about.Digest, about)]) await turn.HasAsync(tag, document);
            await turn.HasNotAsync(gone);
        }
    }

    [Fact]
    public async Task An_upload_that_distribution_has_begun_goes_on()
    {
        Blob blob = Blob.Random(3000);
        string path;
        await using (Turn turn = await OfDistributionAsync()) path = new Uri(await turn.BeginUploadAsync(blob.Bytes[..1000])).AbsolutePath;
        await using (Turn turn = await OfOursAsync()) await turn.GoOnAsync(path, "0-999", blob, 1000);
    }

    [Fact]
    public async Task An_upload_outlives_the_registry()
    {
        Blob blob = Blob.Random(3000);
        string path;
        await using (Turn turn = await OfOursAsync()) path = new Uri(await turn.BeginUploadAsync(blob.Bytes[..1000])).AbsolutePath;
        await using (Turn turn = await OfOursAsync()) await turn.GoOnAsync(path, "0-999", blob, 1000);
        await using (Turn turn = await OfOursAsync()) await turn.HasBlobAsync(blob);
    }

    public ValueTask InitializeAsync()
    {
        Programs.Need("docker-registry");
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        TestDirectory.Remove(store);
        return ValueTask.CompletedTask;
    }

    private Task<Turn> OfDistributionAsync(bool collects = false)
    {
        DebianRegistry registry = new(store: store);
        if (collects) registry.CollectGarbage().Succeeds();
        return Task.FromResult(new Turn(new AnyRegistry(registry.Name, isReference: true), () =>
        {
            registry.Dispose();
            return ValueTask.CompletedTask;
        }));
    }

    private async Task<Turn> OfOursAsync()
    {
        FilesystemDriver? driver = null;
        // A process that another test starts has a copy of every descriptor, and with it the lock, until its own program runs.
        Condition.Await("the store to be free", () => TryOpen(store, out driver));
        KeelsonRegistry registry = await KeelsonRegistry.StartAsync(driver!);
        return new(new AnyRegistry(registry.Name, isReference: false), registry.DisposeAsync);
    }

    private static bool TryOpen(string store, out FilesystemDriver? driver)
    {
        driver = null;
        try
        {
            driver = new(store);
            return true;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable)
        {
            return false;
        }
    }

    /// <summary>The turn of one of them; what is pushed and asked for is in one repository.</summary>
    private sealed class Turn(IRegistryUnderTest registry, Func<ValueTask> end) : RegistryTest(registry), IAsyncDisposable
    {
        private const string Shared = "shared/app";

        public Task<Document> PushImageAsync(string tag) => PushImageAsync(tag, Shared);

        public async Task<Document> PushDockerImageAsync(string tag) => await PushAsync(Document.DockerImage(await PushBlobAsync(), await PushBlobAsync()), tag);

        public Task<Document> PushAsync(Document document, string? reference = null) => PushAsync(document, reference, Shared);

        public Task<Blob> PushBlobAsync(Blob? blob = null) => PushBlobAsync(blob, Shared);

        public async Task<string> BeginUploadAsync(byte[] first) => Location((await Http.SendAsync("PATCH", await base.BeginUploadAsync(Shared), first)).Is(202));

        public async Task GoOnAsync(string path, string range, Blob blob, int from)
        {
            Answer answer = (await Http.SendAsync("GET", path)).Is(204);
            Assert.Equal(range, answer["Range"]);
            (await Http.SendAsync("PUT", With(Location(answer), "digest=" + blob.Digest), blob.Bytes[from..])).Is(201);
            await HasBlobAsync(blob);
        }

        public async Task HasAsync(string reference, Document document)
        {
            Answer answer = (await GetAsync($"{Shared}/manifests/{reference}", AcceptAll)).Is(200);
            Assert.Equal((document.Digest, document.MediaType), (answer["Docker-Content-Digest"], answer["Content-Type"]));
            Assert.Equal(document.Bytes, answer.Body);
        }

        public async Task HasNotAsync(Document document) => (await HeadAsync($"{Shared}/manifests/{document.Digest}", AcceptAll)).Is(404);

        public async Task HasBlobAsync(Blob blob) => Assert.Equal(blob.Bytes, (await GetAsync($"{Shared}/blobs/{blob.Digest}")).Is(200).Body);

        public async Task DeleteAsync(Document document) => (await DeleteAsync($"{Shared}/manifests/{document.Digest}")).Is(202);

        public async Task ListsAsync(params string[] tags)
        {
            Assert.Equal(tags, (await GetAsync($"{Shared}/tags/list")).Is(200).Json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!).Order(StringComparer.Ordinal));
            Assert.Equal([Shared], (await GetAsync("_catalog")).Is(200).Json.GetProperty("repositories").EnumerateArray().Select(name => name.GetString()));
        }

        public async ValueTask DisposeAsync()
        {
            Dispose();
            await end();
        }
    }
}
