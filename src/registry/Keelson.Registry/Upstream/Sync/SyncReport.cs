namespace Keelson.Registry.Upstream;

/// <summary>What a round of a <see cref="SyncRule"/> did.</summary>
/// <param name="Copied">Tags that stand where they did not stand before.</param>
/// <param name="Unchanged">Tags that stood there.</param>
/// <param name="Kept">Tags that were pushed here, and stay what they are.</param>
/// <param name="Failed">Tags, and repositories, that could not be copied; the log has them.</param>
/// <param name="Blobs">Blobs that came.</param>
/// <param name="Bytes">How long they are together.</param>
public sealed record SyncReport(int Copied, int Unchanged, int Kept, int Failed, int Blobs, long Bytes);
