using System.Collections.Immutable;
using Keelson.Oci;

namespace Keelson.Content;

/// <summary>Everything that the metadata hold at one moment. It never changes: a reader that has it needs no lock.</summary>
internal sealed record MetadataState
{
    /// <summary>Nothing at all, to begin with.</summary>
    public static MetadataState Empty => new();

    public ImmutableSortedDictionary<string, NamespaceState> Namespaces { get; init; } = ImmutableSortedDictionary.Create<string, NamespaceState>(StringComparer.Ordinal);

    /// <summary>Events that are kept.</summary>
    public EventQueue Events { get; init; } = EventQueue.Empty;

    /// <summary>Texts that these events share; of the thread that writes.</summary>
    public SharedWords Words { get; init; } = new();

    /// <summary>Payload bytes of these events.</summary>
    public long EventBytes { get; init; }

    /// <summary>The number of the latest event; 0 before the first.</summary>
    public long LastSequence { get; init; }

    /// <summary>The next number for an ingest or a snapshot; never used twice.</summary>
    public ulong NextId { get; init; } = 1;

    public NamespaceState Namespace(string name) => Namespaces.GetValueOrDefault(name, NamespaceState.Empty);

    /// <summary>The row of a blob in whichever namespace has it first.</summary>
    public ContentInfo? FindContent(Digest digest)
    {
        string key = digest.ToString();
        foreach (NamespaceState space in Namespaces.Values)
            if (space.Content.TryGetValue(key, out ContentInfo? info)) return info;
        return null;
    }
}
