using Keelson.Oci;

namespace Keelson.Registry.Tests;

/// <summary>What the tests of the protocol share. Each test has a repository of its own.</summary>
/// <param name="registry">The registry.</param>
public abstract class RegistryTest(IRegistryUnderTest registry) : IDisposable
{
    /// <summary>Name of the distribution specification, for <see cref="SpecAttribute"/>.</summary>
    protected const string Distribution = "distribution-spec 1.1";

    /// <summary>Name of what is older than it and still asked for.</summary>
    protected const string DockerV2 = "Docker Registry HTTP API V2";

    /// <summary>Name of the reference, for <see cref="ReferenceAttribute"/>.</summary>
    protected const string Debian = "distribution";

    private static int last;

    /// <summary>The registry.</summary>
    protected IRegistryUnderTest Registry => registry;

    /// <summary>Speaks to it.</summary>
    protected RegistryHttp Http { get; } = new(registry);

    /// <summary>A repository that no other test uses.</summary>
    protected string Repository { get; } = NewRepository();

    /// <summary>Accepts every kind of manifest.</summary>
    protected static (string, string) AcceptAll { get; } = ("Accept", string.Join(", ", MediaTypes.Manifests));

    protected static string NewRepository() => $"test/r{Interlocked.Increment(ref last):D5}";

    /// <summary>What is right, or what the reference does instead; the test's <see cref="ReferenceAttribute"/> says why.</summary>
    protected T Differs<T>(T right, T reference) => registry.IsReference ? reference : right;

    protected Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => Http.SendAsync("GET", "/v2/" + path, null, headers);

    protected Task<Answer> HeadAsync(string path, params (string Name, string Value)[] headers) => Http.SendAsync("HEAD", "/v2/" + path, null, headers);

    protected Task<Answer> DeleteAsync(string path) => Http.SendAsync("DELETE", "/v2/" + path);

    protected Task<Answer> PostAsync(string path, byte[]? body = null) => Http.SendAsync("POST", "/v2/" + path, body);

    /// <summary>Begins an upload.</summary>
    /// <returns>Where it goes on.</returns>
    protected async Task<string> BeginUploadAsync(string? repository = null) => Location((await PostAsync($"{repository ?? Repository}/blobs/uploads/")).Is(202));

    /// <summary>The header <c>Location</c> as a whole URL.</summary>
    protected string Location(Answer answer)
    {
        string location = answer["Location"] ?? throw new InvalidOperationException($"no Location: {answer}");
        return location.StartsWith('/') ? registry.Address + location : location;
    }

    /// <summary>Adds to the query of a URL, which may have one.</summary>
    protected static string With(string url, string query) => url + (url.Contains('?', StringComparison.Ordinal) ? "&" : "?") + query;

    /// <summary>Pushes a blob in two requests.</summary>
    protected async Task<Blob> PushBlobAsync(Blob? blob = null, string? repository = null)
    {
        blob ??= Blob.Random();
        string location = await BeginUploadAsync(repository);
        (await Http.SendAsync("PUT", With(location, "digest=" + blob.Digest), blob.Bytes)).Is(201);
        return blob;
    }

    protected Task<Answer> PutManifestAsync(string reference, Document document, string? repository = null) =>
        Http.SendAsync("PUT", $"/v2/{repository ?? Repository}/manifests/{reference}", document.Bytes, ("Content-Type", document.MediaType));

    /// <summary>Pushes a manifest whose blobs are there.</summary>
    protected async Task<Document> PushAsync(Document document, string? reference = null, string? repository = null)
    {
        (await PutManifestAsync(reference ?? document.Digest, document, repository)).Is(201);
        return document;
    }

    /// <summary>Pushes an image with random content: a configuration, a layer and an OCI manifest.</summary>
    /// <param name="reference">The tag; by its digest when it is left out.</param>
    /// <param name="repository">The repository; the test's own by default.</param>
    protected async Task<Document> PushImageAsync(string? reference = null, string? repository = null) =>
        await PushAsync(Document.Image(await PushBlobAsync(null, repository), [await PushBlobAsync(null, repository)]), reference, repository);

    public void Dispose()
    {
        Http.Dispose();
        GC.SuppressFinalize(this);
    }
}
