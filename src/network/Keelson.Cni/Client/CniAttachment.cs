namespace Keelson.Cni.Client;

/// <summary>A container's end in a network, as plug-ins are told of it.</summary>
public sealed record CniAttachment
{
    /// <summary>The container.</summary>
    public required string ContainerId { get; init; }

    /// <summary>A file of its network namespace; empty: it is gone.</summary>
    public required string Namespace { get; init; }

    /// <summary>What its device is called.</summary>
    public required string Device { get; init; }

    /// <summary>Arguments: names and values, neither with <c>;</c> or <c>=</c>. <c>CNI_ARGS</c>.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>What the container wants, as JSON, by the capability that it is for.</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; init; } = new Dictionary<string, string>();
}
