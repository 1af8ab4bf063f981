namespace Keelson.Runtime.Compile;

/// <summary>Capability names and their bits. capabilities(7).</summary>
public static class Capabilities
{
    private static ReadOnlySpan<string> Names =>
        new string[]
        {
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
            "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
            "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
            "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
            "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
            "CAP_CHECKPOINT_RESTORE",
        };

    /// <summary>Number of capabilities that this build knows.</summary>
    public static int Count => Names.Length;

    /// <summary>The name of a capability, such as <c>CAP_CHOWN</c>.</summary>
    /// <param name="number">0 to <see cref="Count"/> - 1.</param>
    public static string Name(int number) => Names[number];

    /// <summary>The number of a capability; -1 for a name that is not known. Case does not matter.</summary>
    public static int Number(string name)
    {
        ReadOnlySpan<string> names = Names;
        for (int i = 0; i < names.Length; i++)
            if (names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                return i;
        return -1;
    }

    /// <summary>The set that some names stand for, bit n for capability n.</summary>
    /// <param name="names">As in a configuration; <see langword="null"/> is the empty set.</param>
    /// <param name="unknown">Takes names that this build does not know.</param>
    public static ulong Set(ReadOnlySpan<string> names, List<string> unknown)
    {
        ulong set = 0;
        foreach (string name in names)
        {
            int number = Number(name);
            if (number >= 0) set |= 1UL << number;
            else if (!unknown.Contains(name)) unknown.Add(name);
        }
        return set;
    }
}
