using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>The device rules of a container in order, after the last one that is about everything. A later rule overrides.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Allowed Device list".</remarks>
internal sealed class DeviceRuleList
{
    private readonly List<(DeviceException Devices, bool Allow, string Name)> rules = [];

    private DeviceRuleList()
    {
    }

    /// <summary>Whether a device that no rule is about may be used.</summary>
    public bool AllowsByDefault { get; private set; }

    /// <summary>The rules. Names are for errors: <c>devices[3]</c>.</summary>
    public IReadOnlyList<(DeviceException Devices, bool Allow, string Name)> Rules => rules;

    /// <summary>
    /// The rules of a container: nothing is allowed at first; then come those of the configuration, and then the devices that every container
    /// has: mknod of anything, null, zero, full, random, urandom, tty, console, ptmx, pseudo-terminals, tun. The same as runC.
    /// </summary>
    /// <exception cref="KeelsonException">InvalidArgument: a rule names no access or an impossible number.</exception>
    public static DeviceRuleList ForContainer(ReadOnlySpan<DeviceRule> configured)
    {
        DeviceRuleList list = new();
        for (int i = 0; i < configured.Length; i++) list.Add(configured[i], $"devices[{i}]");
        list.rules.Add((new(DeviceKind.Char, null, null, DeviceAccess.Mknod), true, "default device"));
        list.rules.Add((new(DeviceKind.Block, null, null, DeviceAccess.Mknod), true, "default device"));
        ReadOnlySpan<(uint Major, int Minor)> usual = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, -1), (10, 200)];
        foreach ((uint major, int minor) in usual)
            list.rules.Add((new(DeviceKind.Char, major, minor < 0 ? null : (uint)minor, DeviceAccess.All), true, "default device"));
        return list;
    }

    /// <summary>Whether every kind of an access to one device is allowed: for each, the last rule about it decides.</summary>
    public bool Allows(DeviceKind kind, uint major, uint minor, DeviceAccess access)
    {
        DeviceException asked = new(kind, major, minor, access);
        for (int i = rules.Count - 1; i >= 0 && access != 0; i--)
        {
            (DeviceException devices, bool allow, _) = rules[i];
            if (!devices.Covers(asked)) continue;
            if (!allow && (access & devices.Access) != 0) return false;
            if (allow) access &= ~devices.Access;
        }
        return access == 0 || AllowsByDefault;
    }

    private void Add(DeviceRule rule, string name)
    {
        DeviceAccess access = rule.Access ?? DeviceAccess.All;
        if (access == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"{name}: names no access");
        uint? major = Number(rule.Major, name, "major"), minor = Number(rule.Minor, name, "minor");
        if (rule.Type == DeviceKind.All && major is null && minor is null && access == DeviceAccess.All)
        {
            AllowsByDefault = rule.Allow;
            rules.Clear();
            return;
        }
        if (rule.Type is DeviceKind.All or DeviceKind.Block) rules.Add((new(DeviceKind.Block, major, minor, access), rule.Allow, name));
        if (rule.Type is not DeviceKind.Block) rules.Add((new(DeviceKind.Char, major, minor, access), rule.Allow, name));
    }

    private static uint? Number(long? number, string rule, string property) => number switch
    {
        // -1 stands for all in the rules that docker and podman write.
        null or -1 => null,
        >= 0 and <= uint.MaxValue => (uint)number,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"{rule}.{property}: {number} is no device number"),
    };
}
