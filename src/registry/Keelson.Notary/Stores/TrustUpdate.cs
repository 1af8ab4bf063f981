namespace Keelson.Notary.Stores;

/// <summary>A file of metadata that a store is to take.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Data">The signed bytes.</param>
public sealed record TrustUpdate(string Role, long Version, ReadOnlyMemory<byte> Data);
