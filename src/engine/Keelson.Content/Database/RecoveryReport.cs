using Keelson.Oci;

namespace Keelson.Content;

/// <summary>What opening the store found and put right after a crash.</summary>
public sealed record RecoveryReport
{
    /// <summary>Blobs that no namespace knew, and that were removed: their commit was never acknowledged.</summary>
    public IReadOnlyList<Digest> RemovedBlobs { get; init; } = [];

    /// <summary>Ingests whose commit was cut off after the blob had its place; they are whole and can be committed again.</summary>
    public IReadOnlyList<string> RestoredIngests { get; init; } = [];

    /// <summary>Ingests that had no bytes yet and were forgotten, and files of ingests that the metadata did not know.</summary>
    public int RemovedIngests { get; init; }

    /// <summary>Content that the metadata know and that is not there. It stays until <see cref="Scrubber"/> repairs it.</summary>
    public IReadOnlyList<Digest> MissingBlobs { get; init; } = [];
}
