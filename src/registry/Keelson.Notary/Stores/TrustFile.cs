namespace Keelson.Notary.Stores;

/// <summary>A file of metadata that a store has.</summary>
/// <param name="Role">Its role: <c>root</c>, <c>targets</c>, <c>targets/a/b</c>, <c>snapshot</c>, <c>timestamp</c>.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Sha256">SHA-256 of <paramref name="Data"/> in 64 lower-case hexadecimal digits.</param>
/// <param name="Data">The signed bytes as they came.</param>
/// <param name="CreatedAt">When they came.</param>
public sealed record TrustFile(string Role, long Version, string Sha256, ReadOnlyMemory<byte> Data, DateTimeOffset CreatedAt);
