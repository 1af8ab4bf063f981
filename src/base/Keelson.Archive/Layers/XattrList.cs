using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Archive;

/// <summary>The extended attributes of a file, as a layer carries them.</summary>
internal static class XattrList
{
    /// <summary>Most bytes that Linux gives a list of names or a value. xattr(7).</summary>
    private const int MostBytes = 64 << 10;

    /// <summary>Reads the attributes of an entry, of a symbolic link itself, in the order of their names, without overlayfs' own.</summary>
    /// <exception cref="LinuxException">They could not be read.</exception>
    public static List<TarAttribute> Read(int directory, ReadOnlySpan<byte> nameZ)
    {
        Errno errno = Entries.TryListAttributes(directory, nameZ, [], out int length);
        if (errno == Errno.EOPNOTSUPP || (errno == Errno.None && length == 0)) return [];
        errno.ThrowIfError("list the attributes");
        byte[] names = new byte[MostBytes], value = new byte[MostBytes];
        Entries.TryListAttributes(directory, nameZ, names, out length).ThrowIfError("list the attributes");
        List<TarAttribute> attributes = [];
        for (ReadOnlySpan<byte> rest = names.AsSpan(0, length); !rest.IsEmpty;)
        {
            int end = rest.IndexOf((byte)0);
            ReadOnlySpan<byte> name = rest[..end], nameWithZero = rest[..(end + 1)];
            rest = rest[(end + 1)..];
            if (Overlay.IsOwnAttribute(name)) continue;
            errno = Entries.TryGetAttribute(directory, nameZ, nameWithZero, value, out int count);
            // Some security modules list an attribute and do not give it out.
            if (errno is Errno.ENODATA or Errno.EOPNOTSUPP) continue;
            errno.ThrowIfError("read the attribute", ArchiveText.Show(name));
            attributes.Add(new(name.ToArray(), value.AsSpan(0, count).ToArray()));
        }
        attributes.Sort((a, b) => a.Name.Span.SequenceCompareTo(b.Name.Span));
        return attributes;
    }
}
