namespace Keelson.Archive;

/// <summary>The name of an entry as a path below the root: no <c>.</c>, no <c>..</c>, no slash at either end. A buffer that is used again and again.</summary>
internal sealed class EntryPath
{
    /// <summary>Most components of a path: each is a descriptor where directories are walked one by one. Linux itself takes paths of at most 2048.</summary>
    public const int MostComponents = 1024;

    private byte[] bytes = new byte[4096];
    private int length, lastSlash;

    /// <summary>The whole path; empty for the root.</summary>
    public ReadOnlySpan<byte> Path => bytes.AsSpan(0, length);

    /// <summary>The path of the directory that holds it; empty for the root.</summary>
    public ReadOnlySpan<byte> Parent => bytes.AsSpan(0, Math.Max(lastSlash, 0));

    /// <summary>The last component.</summary>
    public ReadOnlySpan<byte> Base => bytes.AsSpan(lastSlash + 1, length - lastSlash - 1);

    /// <summary>The last component with a zero byte, as system calls want it.</summary>
    public ReadOnlySpan<byte> BaseZ => bytes.AsSpan(lastSlash + 1, length - lastSlash);

    /// <summary>Whether it is the root itself.</summary>
    public bool IsRoot => length == 0;

    /// <summary>Takes a name of an archive. <c>a/../b</c> is <c>b</c>; a leading slash means nothing.</summary>
    /// <returns>Whether the name stays below the root, and not too far.</returns>
    public bool TrySet(ReadOnlySpan<byte> name)
    {
        if (bytes.Length < name.Length + 1) bytes = new byte[name.Length * 2];
        length = 0;
        int components = 0;
        while (!name.IsEmpty)
        {
            int slash = name.IndexOf((byte)'/');
            ReadOnlySpan<byte> part = slash < 0 ? name : name[..slash];
            name = slash < 0 ? [] : name[(slash + 1)..];
            if (part is [] or [(byte)'.']) continue;
            if (++components > MostComponents) return false;
            if (part is [(byte)'.', (byte)'.'])
            {
                if (length == 0) return false;
                length = Math.Max(bytes.AsSpan(0, length).LastIndexOf((byte)'/'), 0);
                continue;
            }
            if (length > 0) bytes[length++] = (byte)'/';
            part.CopyTo(bytes.AsSpan(length));
            length += part.Length;
        }
        bytes[length] = 0;
        lastSlash = Path.LastIndexOf((byte)'/');
        return true;
    }
}
