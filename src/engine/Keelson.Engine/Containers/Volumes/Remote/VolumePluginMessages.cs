using System.Text.Json;
using System.Text.Json.Serialization;
using Keelson.Plugins;

namespace Keelson.Engine.Containers;

/// <summary>A volume that is to be made.</summary>
internal sealed record CreateVolumeMessage(string Name, IReadOnlyDictionary<string, string>? Opts);

/// <summary>A question about a volume.</summary>
internal sealed record VolumeMessage(string Name);

/// <summary>A use of a volume that begins or ends.</summary>
internal sealed record VolumeUseMessage(string Name, [property: JsonPropertyName("ID")] string Id);

/// <summary>Where a volume's files are.</summary>
internal sealed record MountpointAnswer : PluginAnswer
{
    public string? Mountpoint { get; init; }
}

/// <summary>A volume, in a plug-in's words.</summary>
internal sealed record PluginVolume
{
    public string? Name { get; init; }

    public string? Mountpoint { get; init; }

    public string? CreatedAt { get; init; }

    public IReadOnlyDictionary<string, JsonElement>? Status { get; init; }
}

internal sealed record GetVolumeAnswer : PluginAnswer
{
    public PluginVolume? Volume { get; init; }
}

internal sealed record ListVolumesAnswer : PluginAnswer
{
    public IReadOnlyList<PluginVolume>? Volumes { get; init; }
}

/// <summary>How far volumes can be seen.</summary>
internal sealed record VolumeCapabilities(string? Scope);

internal sealed record VolumeCapabilitiesAnswer : PluginAnswer
{
    public VolumeCapabilities? Capabilities { get; init; }
}

/// <summary>Their form in JSON, made at build time.</summary>
[JsonSerializable(typeof(CreateVolumeMessage))]
[JsonSerializable(typeof(EmptyMessage))]
[JsonSerializable(typeof(GetVolumeAnswer))]
[JsonSerializable(typeof(ListVolumesAnswer))]
[JsonSerializable(typeof(MountpointAnswer))]
[JsonSerializable(typeof(PluginAnswer))]
[JsonSerializable(typeof(VolumeCapabilitiesAnswer))]
[JsonSerializable(typeof(VolumeMessage))]
[JsonSerializable(typeof(VolumeUseMessage))]
internal sealed partial class VolumePluginJson : JsonSerializerContext;
