using System.Collections.Immutable;

namespace Keelson.Content;

/// <summary>All rows of one namespace at one moment.</summary>
internal sealed record NamespaceState(LabelSet Labels)
{
    public static readonly NamespaceState Empty = new(LabelSet.Empty);

    public ImmutableSortedDictionary<string, ContentInfo> Content { get; init; } = None<ContentInfo>();
    public ImmutableSortedDictionary<string, IngestRecord> Ingests { get; init; } = None<IngestRecord>();
    public ImmutableSortedDictionary<string, ImageRecord> Images { get; init; } = None<ImageRecord>();
    public ImmutableSortedDictionary<string, LeaseRecord> Leases { get; init; } = None<LeaseRecord>();
    public ImmutableSortedDictionary<string, ContainerRecord> Containers { get; init; } = None<ContainerRecord>();
    public ImmutableSortedDictionary<string, SandboxRecord> Sandboxes { get; init; } = None<SandboxRecord>();

    /// <summary>By snapshotter and key, with a zero character between.</summary>
    public ImmutableSortedDictionary<string, SnapshotRecord> Snapshots { get; init; } = None<SnapshotRecord>();

    private static ImmutableSortedDictionary<string, T> None<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
