using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>What the engine keeps of a container besides containerd's own fields: the extension <see cref="ContainerRecords.Extension"/> of its record.</summary>
internal sealed record StoredContainer
{
    public string Name { get; init; } = "";
    public string ImageId { get; init; } = "";
    public ContainerSettings Settings { get; init; } = new();
    public HostSettings Host { get; init; } = new();
    public IReadOnlyList<MountPoint> Mounts { get; init; } = [];
    public IReadOnlyDictionary<string, EndpointSettings>? Networks { get; init; }
    public ContainerState State { get; init; } = new();

    /// <summary>Whether its unnamed volumes go with it, when it is being removed.</summary>
    public bool RemovesVolumes { get; init; }
}

/// <summary>What the engine keeps of a volume, beside its files.</summary>
internal sealed record StoredVolume
{
    public DateTimeOffset CreatedAt { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyDictionary<string, string>? Options { get; init; }
    public bool IsAnonymous { get; init; }
}

/// <summary>Their form in JSON, made at build time.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(StoredContainer))]
[JsonSerializable(typeof(StoredVolume))]
internal sealed partial class StoredJson : JsonSerializerContext;
