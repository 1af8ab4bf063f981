namespace Keelson.Cgroups;

/// <summary>Where a container's group lies in every hierarchy; checked, without <c>..</c>, empty parts or odd characters.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Cgroups Path".</remarks>
public sealed class CgroupPath
{
    /// <summary>Longest name of a directory. NAME_MAX.</summary>
    private const int MaximumNameBytes = 255;

    private CgroupPath(string value, bool isDefault)
    {
        Value = value;
        IsDefault = isDefault;
    }

    /// <summary>The path: with a slash at its beginning when it is absolute, never with one at its end.</summary>
    public string Value { get; }

    /// <summary>Whether it starts at the mount point of a hierarchy; otherwise it starts at the caller's own group.</summary>
    public bool IsAbsolute => Value[0] == '/';

    /// <summary>Whether the configuration named no path, so that this one is the runtime's choice.</summary>
    public bool IsDefault { get; }

    /// <summary>The last part.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The path of <c>linux.cgroupsPath</c>, or the default one, <c>ID</c> below the caller's own group, when there is none.</summary>
    /// <param name="configured"><c>linux.cgroupsPath</c>; <see langword="null"/> or empty when the configuration has none.</param>
    /// <param name="containerId">Names the group in that case.</param>
    /// <exception cref="KeelsonException">InvalidArgument: see <see cref="Parse"/>.</exception>
    public static CgroupPath For(string? configured, string containerId) =>
        string.IsNullOrEmpty(configured) ? new CgroupPath(Check(containerId), isDefault: true) : Parse(configured);

    /// <summary>Checks a path. Slashes that follow each other and parts that are <c>.</c> are left out.</summary>
    /// <exception cref="KeelsonException">
    /// InvalidArgument: a part is <c>..</c> or longer than 255 bytes, a character is a newline or zero, or the path names the root group.
    /// </exception>
    public static CgroupPath Parse(string path) => new(Check(path), isDefault: false);

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static string Check(string path)
    {
        if (path.AsSpan().ContainsAny('\n', '\0')) throw Wrong(path, "holds a newline or a zero byte");
        bool clean = path.Length > 0 && !path.EndsWith('/');
        int parts = 0, at = 0;
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> part = path.AsSpan(range);
            if (part is "..") throw Wrong(path, "leads out of the hierarchy with '..'");
            if (System.Text.Encoding.UTF8.GetByteCount(part) > MaximumNameBytes) throw Wrong(path, "has a part that is longer than 255 bytes");
            if (part is "" or ".") clean &= part.IsEmpty && at == 0;
            else parts++;
            at++;
        }
        if (parts == 0) throw Wrong(path, "names the root group");
        if (clean) return path;
        List<string> kept = new(parts);
        foreach (Range range in path.AsSpan().Split('/'))
            if (path.AsSpan(range) is not ("" or "."))
                kept.Add(path[range]);
        return (path[0] == '/' ? "/" : "") + string.Join('/', kept);
    }

    private static KeelsonException Wrong(string path, string why) =>
        new(ErrorKind.InvalidArgument, $"cgroup path '{path.Replace("\0", "\\0", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}': {why}");
}
