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

    /// <summary>The project whose quota limits it; 0 for none.</summary>
    public uint Project { get; init; }
}

/// <summary>What the engine keeps of a plug-in's volume.</summary>
internal sealed record StoredPluginVolume
{
    public string Name { get; init; } = "";
    public string Driver { get; init; } = "";
    public string Scope { get; init; } = "";
    public DateTimeOffset CreatedAt { get; init; }
    public IReadOnlyDictionary<string, string>? Labels { get; init; }
    public IReadOnlyDictionary<string, string>? Options { get; init; }
    public bool IsAnonymous { get; init; }

    /// <summary>Whether its plug-in is being asked to make or to remove it.</summary>
    public bool IsPending { get; init; }

    /// <summary>Uses that its plug-in was, or is about to be, told of.</summary>
    public IReadOnlyList<VolumeUse>? Uses { get; init; }
}

/// <summary>One use of a plug-in's volume.</summary>
/// <param name="Id">What the plug-in knows it by: 64 random hexadecimal digits.</param>
/// <param name="User">Identity of the container.</param>
/// <param name="Place">Where in the container, or what else it is for.</param>
internal sealed record VolumeUse(string Id, string User, string Place);

/// <summary>Their form in JSON, made at build time.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(StoredContainer))]
[JsonSerializable(typeof(StoredVolume))]
[JsonSerializable(typeof(StoredPluginVolume))]
internal sealed partial class StoredJson : JsonSerializerContext;
