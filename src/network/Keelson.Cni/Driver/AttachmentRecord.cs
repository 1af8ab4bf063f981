using System.Text.Json.Serialization;

namespace Keelson.Cni.Driver;

/// <summary>What plug-ins were told of a container's end, and what they said: what they need to hear again to take it away, also when the network's file is another one by then. CNI 1.1 "DEL": the result is kept.</summary>
internal sealed record AttachmentRecord
{
    /// <summary>The end.</summary>
    public required string EndpointId { get; init; }

    /// <summary>The network's text, as it was.</summary>
    public required string Network { get; init; }

    /// <summary>The container.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The file of its network namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>What its device is called.</summary>
    public required string Device { get; init; }

    /// <summary>Arguments.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>What the container wanted.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; init; } = new Dictionary<string, string>();

    /// <summary>The result; empty: there was none yet.</summary>
    public string Result { get; init; } = "";
}

/// <summary>How these are written.</summary>
[JsonSerializable(typeof(AttachmentRecord))]
internal sealed partial class AttachmentJson : JsonSerializerContext;
