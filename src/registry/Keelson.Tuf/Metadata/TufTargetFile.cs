using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>A target: a file that is named, sized and hashed by a role.</summary>
/// <param name="Path">Its path, relative, with forward slashes.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Hashes">Its digests.</param>
/// <param name="Custom">What the application keeps with it.</param>
public sealed record TufTargetFile(string Path, long LengthBytes, TufHashes Hashes, JsonElement? Custom);
