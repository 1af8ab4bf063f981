using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Distribution;

/// <summary>One image of the file <c>manifest.json</c> in an archive of <c>docker save</c>.</summary>
internal sealed record DockerArchiveEntry
{
    public required string Config { get; init; }

    public IReadOnlyList<string>? RepoTags { get; init; }

    public required IReadOnlyList<string> Layers { get; init; }
}

/// <summary>The documents of docker archives.</summary>
[JsonSerializable(typeof(IReadOnlyList<DockerArchiveEntry>))]
[JsonSerializable(typeof(SortedDictionary<string, SortedDictionary<string, string>>))]
internal sealed partial class DockerArchiveJson : JsonSerializerContext
{
    public static DockerArchiveJson Strict { get; } = new(new JsonSerializerOptions
    {
        MaxDepth = 16,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
