using System.Text.Json;
using Keelson.Docker.Http;

namespace Keelson.Docker;

/// <summary>Images.</summary>
public sealed partial class DockerClient
{
    private const string AuthHeader = "X-Registry-Auth";

    private static Query Image(string name, string operation = "") => new($"/images/{EscapeImage(name)}{operation}");

    /// <summary>Lists images. GET /images/json.</summary>
    public ImageSummary[] ListImages(bool all = false, Filters? filters = null) =>
        Get(new Query("/images/json").Add("all", all).Add(filters), DockerJson.Default.ImageSummaryArray);

    /// <summary>Tells all about an image. GET /images/(name)/json.</summary>
    public ImageInspect InspectImage(string name) => Get(Image(name, "/json"), DockerJson.Default.ImageInspect);

    /// <summary>The same as the engine wrote it.</summary>
    public byte[] InspectImageRaw(string name) => GetRaw(Image(name, "/json"));

    /// <summary>The steps of an image's making.</summary>
    public ImageHistoryItem[] History(string name) => Get(Image(name, "/history"), DockerJson.Default.ImageHistoryItemArray);

    /// <summary>Gives an image another name.</summary>
    public void TagImage(string name, string repository, string tag) => Post(Image(name, "/tag").Add("repo", repository).Add("tag", tag));

    /// <summary>Removes a name of an image, and the image with its last one.</summary>
    public ImageDeleteItem[] RemoveImage(string name, bool force = false, bool noPrune = false)
    {
        byte[] body = Call(Request("DELETE", Image(name).Add("force", force).Add("noprune", noPrune))).Body;
        return Parse(body, DockerJson.Default.ImageDeleteItemArray);
    }

    /// <summary>Removes images that nothing uses.</summary>
    public ImagesPruneResponse PruneImages(Filters? filters = null) => Post(new Query("/images/prune").Add(filters), DockerJson.Default.ImagesPruneResponse);

    /// <summary>Removes the build cache.</summary>
    public BuildPruneResponse PruneBuildCache(bool all, Filters? filters = null) => Post(new Query("/build/prune").Add("all", all).Add(filters), DockerJson.Default.BuildPruneResponse);

    /// <summary>Pulls an image; the answer is progress messages.</summary>
    /// <param name="repository">The name without a tag.</param>
    /// <param name="tag">Tag or digest; <see langword="null"/> pulls all tags.</param>
    /// <param name="platform"><c>os/architecture/variant</c>.</param>
    /// <param name="auth">Credentials for the registry.</param>
    public ByteStream PullImage(string repository, string? tag, string? platform = null, AuthConfig? auth = null) =>
        OpenStream(WithAuth(Request("POST", new Query("/images/create").Add("fromImage", repository).Add("tag", tag).Add("platform", platform)), auth));

    /// <summary>Makes an image of a root file system; the answer is progress messages.</summary>
    /// <param name="source">A URL that the engine reads, or <c>-</c> for <paramref name="archive"/>.</param>
    /// <param name="repository">The name of the image; may be empty.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="archive">A tar archive.</param>
    /// <param name="message">A comment.</param>
    /// <param name="changes">Instructions of a Dockerfile.</param>
    /// <param name="platform">The platform of the image.</param>
    public ByteStream ImportImage(string source, string? repository, string? tag, Stream? archive, string? message = null, IEnumerable<string>? changes = null, string? platform = null)
    {
        Query query = new Query("/images/create").Add("fromSrc", source).Add("repo", repository).Add("tag", tag).Add("message", message).Add("platform", platform);
        foreach (string change in changes ?? []) query.Add("changes", change);
        return OpenStream(new HttpRequest("POST", prefix + query) { Source = archive, ContentType = archive is null ? null : "application/x-tar" });
    }

    /// <summary>Pushes an image; the answer is progress messages.</summary>
    public ByteStream PushImage(string repository, string? tag, AuthConfig? auth = null) =>
        OpenStream(WithAuth(Request("POST", Image(repository, "/push").Add("tag", tag)), auth ?? new AuthConfig()));

    /// <summary>Builds an image; the answer is messages. POST /build.</summary>
    /// <param name="parameters">Parameters as the engine's API names them; one may come several times.</param>
    /// <param name="context">The archive of the context; <see langword="null"/> when the engine fetches it.</param>
    /// <param name="credentials">Credentials by registry.</param>
    public ByteStream BuildImage(IEnumerable<KeyValuePair<string, string>> parameters, Stream? context, Dictionary<string, AuthConfig> credentials)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(credentials);
        Query query = new("/build");
        foreach ((string name, string value) in parameters) query.Add(name, value);
        HttpRequest request = new("POST", prefix + query) { Source = context, ContentType = "application/x-tar" };
        byte[] known = JsonSerializer.SerializeToUtf8Bytes(credentials, DockerJson.Default.DictionaryStringAuthConfig);
        return OpenStream(request with { Headers = [("X-Registry-Config", Convert.ToBase64String(known).Replace('+', '-').Replace('/', '_'))] });
    }

    private static HttpRequest WithAuth(HttpRequest request, AuthConfig? auth) => auth is null ? request : request with
    {
        Headers = [(AuthHeader, Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(auth, DockerJson.Default.AuthConfig)).Replace('+', '-').Replace('/', '_'))],
    };

    /// <summary>Images as one archive.</summary>
    public ByteStream SaveImages(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Query query = new("/images/get");
        foreach (string name in names) query.Add("names", name);
        return OpenStream(Request("GET", query));
    }

    /// <summary>Takes images from an archive; the answer is progress messages.</summary>
    public ByteStream LoadImages(Stream archive, bool quiet) =>
        OpenStream(new HttpRequest("POST", prefix + new Query("/images/load").Add("quiet", quiet)) { Source = archive, ContentType = "application/x-tar" });

    /// <summary>Makes an image of a container.</summary>
    public string CommitContainer(string id, string? repository, string? tag, string? comment, string? author, IEnumerable<string>? changes, bool pause)
    {
        Query query = new Query("/commit").Add("container", id).Add("repo", repository).Add("tag", tag).Add("comment", comment).Add("author", author).Add("pause", pause ? "1" : "0");
        foreach (string change in changes ?? []) query.Add("changes", change);
        return Post(query, DockerJson.Default.IdResponse, "{}"u8.ToArray()).Id;
    }

    /// <summary>Searches the registry.</summary>
    public SearchResult[] SearchImages(string term, int? limit = null, Filters? filters = null) =>
        Get(new Query("/images/search").Add("term", term).Add("limit", limit).Add(filters), DockerJson.Default.SearchResultArray);
}
