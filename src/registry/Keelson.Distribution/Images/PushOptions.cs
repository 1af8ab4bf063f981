using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>How an <see cref="ImagePusher"/> works.</summary>
public sealed record PushOptions
{
    /// <summary>Blobs at the same time; 3 by default.</summary>
    public int Parallelism { get; init; } = 3;

    /// <summary>Says which repository may have a blob already, for example the one it was pulled from; nobody knows by default.</summary>
    public Func<Descriptor, RepositoryName?>? MountFrom { get; init; }

    /// <summary>Keeps the addresses of uploads over a restart; nobody by default.</summary>
    public IUploadJournal? Journal { get; init; }

    /// <summary>Hears what happens; called by the threads that do the work, so it must return at once.</summary>
    public IProgress<TransferEvent>? Progress { get; init; }
}
