using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Tuf;

/// <summary>Many roles, one for each bin of the paths' hashes, said in three members. TUF 1.0 section 4.5, TAP 15.</summary>
/// <param name="Keys">Whose signatures each of them needs.</param>
/// <param name="BitLength">How many leading bits of a hash choose the bin: 1 to 32.</param>
/// <param name="NamePrefix">What their names begin with.</param>
public sealed record TufSuccinctRoles(TufRoleKeys Keys, int BitLength, string NamePrefix)
{
    /// <summary>How many bins there are.</summary>
    public long Count => 1L << BitLength;

    /// <summary>The name of a bin.</summary>
    /// <param name="bin">From 0.</param>
    public string NameOf(long bin) =>
        NamePrefix + "-" + bin.ToString("x" + ((BitLength + 3) / 4).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The role that is entrusted with a path. It terminates nothing, but no other bin has the path.</summary>
    /// <param name="path">The target's path.</param>
    public TufDelegatedRole RoleOf(string path)
    {
        uint head = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
        return new(NameOf(head >> (32 - BitLength)), Keys, null, null, true);
    }

    /// <summary>The role of a name, or null when no bin is called so.</summary>
    /// <param name="name">A name.</param>
    public TufDelegatedRole? Find(string name)
    {
        if (!name.StartsWith(NamePrefix + "-", StringComparison.Ordinal)
            || !long.TryParse(name.AsSpan(NamePrefix.Length + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long bin)
            || bin < 0 || bin >= Count || NameOf(bin) != name)
            return null;
        return new(name, Keys, null, null, true);
    }
}
