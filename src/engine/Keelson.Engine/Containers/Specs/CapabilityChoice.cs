using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Which capabilities a container has: docker's default ones, with those of its settings.</summary>
internal static class CapabilityChoice
{
    /// <summary>What a container has when nobody says otherwise, in docker's order.</summary>
    public static readonly string[] Default =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
        "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    private const string All = "CAP_ALL";

    /// <summary>Chooses.</summary>
    /// <param name="host">The settings.</param>
    /// <param name="available">What the daemon can give.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a name is not known.</exception>
    public static string[] Choose(HostSettings host, IReadOnlyList<string> available)
    {
        if (host.Privileged) return [.. available];
        List<string> add = Names(host.CapAdd), drop = Names(host.CapDrop);
        if (add.Contains(All)) return [.. available.Where(name => !drop.Contains(name))];
        if (drop.Contains(All)) return [.. add.Distinct()];
        List<string> chosen = [.. Default.Where(name => !drop.Contains(name))];
        foreach (string name in add)
            if (!chosen.Contains(name)) chosen.Add(name);
        return [.. chosen];
    }

    private static List<string> Names(IReadOnlyList<string>? words)
    {
        List<string> names = [];
        foreach (string word in words ?? [])
        {
            string name = word.ToUpperInvariant();
            if (!name.StartsWith("CAP_", StringComparison.Ordinal)) name = "CAP_" + name;
            if (name != All && CapabilityNames.NumberOf(name) is null) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid CapAdd: unknown capability: \"{word}\"");
            names.Add(name);
        }
        return names;
    }
}
