using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Attacks;

/// <summary>A registry of ours from which may be read alone. Another one has filled its store before.</summary>
public sealed class ReadOnlyTests : IAsyncLifetime
{
    private readonly Filled filled = new();
    private readonly ReadOnly closed = new();
    private Document? image;

    [Theory]
    [InlineData("POST", "blobs/uploads/")]
    [InlineData("POST", "blobs/uploads/?digest={0}")]
    [InlineData("POST", "blobs/uploads/?mount={0}&from=other/app")]
    [InlineData("PUT", "manifests/2")]
    [InlineData("PUT", "manifests/{0}")]
    [InlineData("DELETE", "manifests/1")]
    [InlineData("DELETE", "manifests/{0}")]
    [InlineData("DELETE", "blobs/{0}")]
    public async Task Whatever_changes_something_is_answered_with_405(string method, string path)
    {
        using RegistryHttp http = new(closed);
        (await http.SendAsync(method, "/v2/filled/app/" + string.Format(path, image!.Digest), method == "DELETE" ? null : image.Bytes)).Fails(405, "UNSUPPORTED");
        Assert.Equal(image.Bytes, (await http.SendAsync("GET", "/v2/filled/app/manifests/1")).Is(200).Body);
        Assert.Equal("""["1"]""", (await http.SendAsync("GET", "/v2/filled/app/tags/list")).Is(200).Json.GetProperty("tags").GetRawText());
    }

    public async ValueTask InitializeAsync()
    {
        await filled.InitializeAsync();
        using RegistryHttp http = new(filled);
        Blob config = Blob.Random();
        image = Document.Image(config, []);
        (await http.SendAsync("POST", $"/v2/filled/app/blobs/uploads/?digest={config.Digest}", config.Bytes)).Is(201);
        (await http.SendAsync("PUT", "/v2/filled/app/manifests/1", image.Bytes, ("Content-Type", image.MediaType))).Is(201);
        closed.Driver = filled.Driver;
        await closed.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await closed.DisposeAsync();
        await filled.DisposeAsync();
    }

    private sealed class Filled : KeelsonUnderTest
    {
        public MemoryDriver Driver { get; } = new();

        protected override IStorageDriver MakeDriver(string root) => Driver;
    }

    private sealed class ReadOnly : KeelsonUnderTest
    {
        public IStorageDriver? Driver { get; set; }

        protected override RegistryOptions Options => new() { AllowsDelete = true, IsReadOnly = true };

        protected override IStorageDriver MakeDriver(string root) => Driver!;
    }
}
