using Keelson.Oci;

namespace Keelson.Content;

/// <summary>A blob that is not what it should be: DataLoss.</summary>
/// <param name="Digest">The blob.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Namespaces">The namespaces that had it.</param>
/// <param name="Quarantine">The file that it was moved to; <see langword="null"/> when it was not repaired, or there is none.</param>
public sealed record ScrubFinding(Digest Digest, ScrubProblem Problem, IReadOnlyList<string> Namespaces, string? Quarantine);
