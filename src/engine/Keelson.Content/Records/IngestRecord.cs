using Keelson.Oci;

namespace Keelson.Content;

/// <summary>An ingest as the metadata keep it; its bytes and with them its offset are in the file <c>ingests/ID</c>.</summary>
internal sealed record IngestRecord(string Ref, ulong Id)
{
    public long Total { get; init; }
    public Digest Expected { get; init; }
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it is garbage unless a lease holds it; the default value for one that was begun under a lease.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The blob is in the store already, put there by another namespace, and no file belongs to the ingest.</summary>
    public bool IsShared { get; init; }
}
