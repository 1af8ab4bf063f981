namespace Keelson.Cgroups;

/// <summary>The unit of systemd that holds a container: a scope, or a slice for groups of containers.</summary>
/// <remarks>The form <c>slice:prefix:name</c> of <c>linux.cgroupsPath</c> is runC's; systemd.slice(5), systemd.scope(5).</remarks>
public sealed class SystemdUnit
{
    /// <summary>UNIT_NAME_MAX of systemd, without the zero byte.</summary>
    private const int MaximumNameBytes = 255;

    private SystemdUnit(string name, string slice)
    {
        Name = name;
        Slice = slice;
    }

    /// <summary><c>prefix-name.scope</c>, <c>name.scope</c> without a prefix, or <c>name</c> when that ends in <c>.slice</c>.</summary>
    public string Name { get; }

    /// <summary>The slice that the unit lies in: <c>system.slice</c>.</summary>
    public string Slice { get; }

    /// <summary>Whether the unit is a slice itself, which has no processes of its own.</summary>
    public bool IsSlice => Name.EndsWith(".slice", StringComparison.Ordinal);

    /// <summary>The unit's cgroup below that of the manager: <c>/a.slice/a-b.slice/prefix-name.scope</c>.</summary>
    public string CgroupPath => IsSlice ? Expand(Name) : (Expand(Slice) is "/" ? "" : Expand(Slice)) + "/" + Name;

    /// <summary>The unit of a container.</summary>
    /// <param name="configured"><c>linux.cgroupsPath</c> as <c>slice:prefix:name</c>; when it is missing, <c>keelson-ID.scope</c> in the default slice.</param>
    /// <param name="containerId">The container.</param>
    /// <param name="isUser">Whether the user's manager is asked: the default slice is then <c>user.slice</c>, otherwise <c>system.slice</c>.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the path has another form, or a name that systemd would refuse.</exception>
    public static SystemdUnit For(string? configured, string containerId, bool isUser)
    {
        string slice = "", prefix = "keelson", name = containerId;
        if (!string.IsNullOrEmpty(configured))
        {
            string[] parts = configured.Split(':');
            if (parts.Length != 3) throw Wrong(configured, "is not of the form slice:prefix:name, as the systemd driver wants it");
            (slice, prefix, name) = (parts[0], parts[1], parts[2]);
        }
        if (slice.Length == 0) slice = isUser ? "user.slice" : "system.slice";
        if (name.Length == 0) throw Wrong(configured ?? "", "has no name");
        _ = Expand(slice);
        string unit = name.EndsWith(".slice", StringComparison.Ordinal) ? name : prefix.Length == 0 ? name + ".scope" : $"{prefix}-{name}.scope";
        if (unit.Length > MaximumNameBytes) throw Wrong(unit, "is longer than 255 bytes");
        foreach (char c in unit)
            if (!char.IsAsciiLetterOrDigit(c) && c is not (':' or '-' or '_' or '.' or '\\' or '@'))
                throw Wrong(unit, $"has a character that no unit may have: '{c}'");
        if (unit.EndsWith(".slice", StringComparison.Ordinal)) _ = Expand(unit);
        return new SystemdUnit(unit, slice);
    }

    /// <summary>Where a slice lies: each dash in its name is a level. systemd.slice(5).</summary>
    /// <exception cref="KeelsonException">InvalidArgument: this is no name of a slice.</exception>
    internal static string Expand(string slice)
    {
        const string suffix = ".slice";
        if (!slice.EndsWith(suffix, StringComparison.Ordinal) || slice.Length == suffix.Length || slice.Contains('/'))
            throw Wrong(slice, "is no slice");
        string name = slice[..^suffix.Length];
        if (name == "-") return "/";
        if (name.StartsWith('-') || name.EndsWith('-') || name.Contains("--", StringComparison.Ordinal) || name is ".." or ".") throw Wrong(slice, "is no slice");
        string path = "";
        for (int dash = name.IndexOf('-', StringComparison.Ordinal); dash >= 0; dash = name.IndexOf('-', dash + 1)) path += "/" + name[..dash] + suffix;
        return path + "/" + slice;
    }

    private static KeelsonException Wrong(string text, string why) => new(ErrorKind.InvalidArgument, $"systemd unit '{text}': {why}");
}
