using System.Text.Json.Serialization;
using Keelson.Plugins;

namespace Keelson.Network.Remote;

/// <summary>What a plug-in for addresses needs to be told.</summary>
internal sealed record IpamCapabilitiesAnswer : PluginAnswer
{
    [JsonPropertyName("RequiresMACAddress")]
    public bool RequiresMacAddress { get; init; }

    public bool RequiresRequestReplay { get; init; }
}

/// <summary>In what a plug-in keeps networks apart: those of one host, and those of many.</summary>
internal sealed record AddressSpacesAnswer : PluginAnswer
{
    public string? LocalDefaultAddressSpace { get; init; }

    public string? GlobalDefaultAddressSpace { get; init; }
}

internal sealed record RequestPoolMessage
{
    public required string AddressSpace { get; init; }

    /// <summary>The network that is wanted; empty: any.</summary>
    public required string Pool { get; init; }

    /// <summary>The part of it that addresses are chosen from; empty: all of it.</summary>
    public required string SubPool { get; init; }

    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public bool V6 { get; init; }
}

internal sealed record RequestPoolAnswer : PluginAnswer
{
    [JsonPropertyName("PoolID")]
    public string? PoolId { get; init; }

    public string? Pool { get; init; }

    public IReadOnlyDictionary<string, string>? Data { get; init; }
}

internal sealed record ReleasePoolMessage([property: JsonPropertyName("PoolID")] string PoolId);

internal sealed record RequestAddressMessage
{
    [JsonPropertyName("PoolID")]
    public required string PoolId { get; init; }

    /// <summary>The address that is wanted; empty: any.</summary>
    public required string Address { get; init; }

    public required IReadOnlyDictionary<string, string> Options { get; init; }
}

internal sealed record RequestAddressAnswer : PluginAnswer
{
    public string? Address { get; init; }
}

internal sealed record ReleaseAddressMessage([property: JsonPropertyName("PoolID")] string PoolId, string Address);
