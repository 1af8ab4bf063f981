using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The answer to GET /images/(name)/json.</summary>
public sealed record ImageInspect
{
    public string Id { get; set => field = value ?? ""; } = "";

    public string[]? RepoTags { get; set; }

    public string[]? RepoDigests { get; set; }

    public string Parent { get; set => field = value ?? ""; } = "";

    public string Comment { get; set => field = value ?? ""; } = "";

    public string Created { get; set => field = value ?? ""; } = "";

    public string Container { get; set => field = value ?? ""; } = "";

    public ContainerConfig? ContainerConfig { get; set; }

    public string DockerVersion { get; set => field = value ?? ""; } = "";

    public string Author { get; set => field = value ?? ""; } = "";

    public ContainerConfig? Config { get; set; }

    public string Architecture { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Variant { get; set => field = Empty.ToNull(value); }

    public string Os { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OsVersion { get; set => field = Empty.ToNull(value); }

    public long Size { get; set; }

    public long VirtualSize { get; set; }

    public GraphDriverData GraphDriver { get; set => field = value ?? new(); } = new();

    public ImageRootFS RootFS { get; set => field = value ?? new(); } = new();

    public ImageMetadata Metadata { get; set => field = value ?? new(); } = new();
}
