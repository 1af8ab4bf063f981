namespace Keelson.Notary.Stores;

/// <summary>A line of the feed of changes.</summary>
/// <param name="Id">Its number; a later line has a greater one.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="Gun">The collection.</param>
/// <param name="Version">The version of the collection's timestamp; 0 of a removal.</param>
/// <param name="Sha256">SHA-256 of that timestamp, hexadecimal; empty of a removal.</param>
/// <param name="IsDeletion">Whether the collection was removed.</param>
public sealed record TrustChange(long Id, DateTimeOffset CreatedAt, string Gun, long Version, string Sha256, bool IsDeletion);
