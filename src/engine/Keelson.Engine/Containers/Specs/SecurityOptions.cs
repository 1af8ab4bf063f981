namespace Keelson.Engine.Containers;

/// <summary>What <see cref="HostSettings.SecurityOpt"/> says.</summary>
internal sealed record SecurityOptions
{
    /// <summary>Whether programs gain nothing by set-user-ID bits and the like.</summary>
    public bool NoNewPrivileges { get; private init; }

    /// <summary>The seccomp profile: JSON, a path, or <c>unconfined</c>; <see langword="null"/> for the default one.</summary>
    public string? Seccomp { get; private init; }

    /// <summary>The AppArmor profile, or <c>unconfined</c>; <see langword="null"/> for the default one.</summary>
    public string? AppArmor { get; private init; }

    /// <summary>Whether no path is hidden or protected.</summary>
    public bool HasPlainPaths { get; private init; }

    /// <summary>Words about SELinux labels. The engine gives none, as docker does without <c>selinux-enabled</c>, and passes over them.</summary>
    public IReadOnlyList<string> Labels { get; private init; } = [];

    /// <summary>Reads the options.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: one is not known.</exception>
    public static SecurityOptions Parse(IReadOnlyList<string>? options)
    {
        SecurityOptions result = new();
        foreach (string option in options ?? [])
        {
            // docker takes a colon in the place of the equals sign from old clients.
            int at = option.IndexOf('=', StringComparison.Ordinal);
            if (at < 0) at = option.IndexOf(':', StringComparison.Ordinal);
            string key = at < 0 ? option : option[..at], value = at < 0 ? "" : option[(at + 1)..];
            result = key switch
            {
                "no-new-privileges" => result with { NoNewPrivileges = value.Length == 0 || (bool.TryParse(value, out bool flag) ? flag : throw Wrong(option)) },
                "seccomp" when value.Length > 0 => result with { Seccomp = value == "builtin" ? null : value },
                "apparmor" when value.Length > 0 => result with { AppArmor = value },
                "label" when value.Length > 0 => result with { Labels = [.. result.Labels, value] },
                "systempaths" when value == "unconfined" => result with { HasPlainPaths = true },
                _ => throw Wrong(option),
            };
        }
        return result;
    }

    private static KeelsonException Wrong(string option) => new(ErrorKind.InvalidArgument, $"invalid --security-opt 2: \"{option}\"");
}
