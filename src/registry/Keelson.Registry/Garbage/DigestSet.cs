using System.Globalization;
using Keelson.Oci;

namespace Keelson.Registry.Garbage;

/// <summary>Many digests in little memory: 16 bytes of each. Two that begin alike count as one, so it may hold more than was added and never less.</summary>
internal sealed class DigestSet
{
    private readonly HashSet<UInt128> prefixes = [];

    public void Add(Digest digest) => prefixes.Add(Prefix(digest));

    public bool Contains(Digest digest) => prefixes.Contains(Prefix(digest));

    private static UInt128 Prefix(Digest digest) => UInt128.Parse(digest.ToString().AsSpan(7, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
