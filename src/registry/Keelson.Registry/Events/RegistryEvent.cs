using Keelson.Oci;

namespace Keelson.Registry.Events;

/// <summary>Something that has happened.</summary>
public sealed record RegistryEvent
{
    /// <summary>What.</summary>
    public required EventAction Action { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Where.</summary>
    public required string Repository { get; init; }

    /// <summary>To which content; <see langword="null"/> for a tag that was removed.</summary>
    public Digest? Digest { get; init; }

    /// <summary>The content's media type; empty for what was removed.</summary>
    public string MediaType { get; init; } = "";

    /// <summary>Its length in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The tag that was asked for, set or removed; empty without one.</summary>
    public string Tag { get; init; } = "";

    /// <summary>The repository that content was mounted from; empty when the client named none.</summary>
    public string FromRepository { get; init; } = "";

    /// <summary>Where clients find the content; empty for what was removed.</summary>
    public string Url { get; init; } = "";

    /// <summary>What a manifest refers to.</summary>
    public IReadOnlyList<Descriptor> References { get; init; } = [];

    /// <summary>Who did it; empty for nobody in particular.</summary>
    public string Actor { get; init; } = "";

    /// <summary>How.</summary>
    public required EventRequest Request { get; init; }
}
