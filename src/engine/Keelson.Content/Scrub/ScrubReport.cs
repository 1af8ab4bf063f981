namespace Keelson.Content;

/// <summary>What a scrub saw.</summary>
/// <param name="Blobs">Blobs looked at.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Findings">What is wrong; empty when all is well.</param>
public sealed record ScrubReport(int Blobs, long Bytes, IReadOnlyList<ScrubFinding> Findings);
