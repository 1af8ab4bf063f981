namespace Keelson.Oci;

public static partial class RuntimeSpecValidator
{
    /// <summary>Most lines of a uid or gid map. user_namespaces(7).</summary>
    private const int MaxMappings = 340;

    private static void CheckLinux(LinuxSpec linux, RuntimeSpec spec, SpecFindings found)
    {
        CheckNamespaces(linux.Namespaces, found);
        CheckUserNamespace(linux, found);
        CheckTimeOffsets(linux, found);
        CheckDevices(linux.Devices, found);
        CheckNetDevices(linux, found);
        CheckCgroupsPath(linux.CgroupsPath, found);
        if (linux.RootfsPropagation is not (null or "shared" or "slave" or "private" or "unbindable" or "rshared" or "rslave" or "rprivate" or "runbindable"))
            found.Error("linux.rootfsPropagation", $"'{SpecReader.Quote(linux.RootfsPropagation)}' is none of shared, slave, private, unbindable");
        foreach ((string name, _) in linux.Sysctl) CheckSysctl(name, linux, spec, found);
        if (linux.Seccomp is { } seccomp) CheckSeccomp(seccomp, "linux.seccomp.", found);
        CheckPaths(linux.MaskedPaths, "linux.maskedPaths", linux, found);
        CheckPaths(linux.ReadonlyPaths, "linux.readonlyPaths", linux, found);
        if (linux.IntelRdt is { } rdt) CheckIntelRdt(rdt, found);
        if (linux.Personality is { Flags.Length: > 0 }) found.Error("linux.personality.flags", "is not empty; the specification defines no flags");
        if (linux.Resources is { } resources) CheckResources(resources, "linux.resources.", found);
        if (linux.MemoryPolicy is { } policy) CheckMemoryPolicy(policy, found);
    }

    private static void CheckNamespaces(NamespaceSpec[] namespaces, SpecFindings found)
    {
        int seen = 0;
        for (int i = 0; i < namespaces.Length; i++)
        {
            int bit = 1 << (int)namespaces[i].Type;
            if ((seen & bit) != 0) found.Error($"linux.namespaces[{i}].type", $"{SpecNames.Of(namespaces[i].Type)} comes twice");
            seen |= bit;
            if (namespaces[i].Path is { } path && path[0] != '/') found.Error($"linux.namespaces[{i}].path", $"'{SpecReader.Quote(path)}' is not absolute");
        }
    }

    private static void CheckUserNamespace(LinuxSpec linux, SpecFindings found)
    {
        bool hasUids = linux.UidMappings.Length > 0, hasGids = linux.GidMappings.Length > 0;
        NamespaceSpec? user = Find(linux, NamespaceKind.User);
        if (user is null && hasUids) found.Error("linux.uidMappings", "needs a user namespace");
        if (user is null && hasGids) found.Error("linux.gidMappings", "needs a user namespace");
        if (hasUids && !hasGids) found.Error("linux.gidMappings", "is missing; uidMappings is given");
        if (hasGids && !hasUids) found.Error("linux.uidMappings", "is missing; gidMappings is given");
        if (user is { Path: null } && !hasUids && !hasGids) found.Error("linux.uidMappings", "is missing; a new user namespace needs it");
        CheckMappings(linux.UidMappings, "linux.uidMappings", found);
        CheckMappings(linux.GidMappings, "linux.gidMappings", found);
    }

    // user_namespaces(7): lines are not empty, do not overlap on either side, and do not pass the end of the ids.
    private static void CheckMappings(IdMapping[] mappings, string path, SpecFindings found)
    {
        if (mappings.Length > MaxMappings)
        {
            found.Error(path, $"has more than {MaxMappings} entries, which the kernel does not take");
            return;
        }
        for (int i = 0; i < mappings.Length; i++)
        {
            IdMapping mapping = mappings[i];
            if (mapping.Size == 0) found.Error($"{path}[{i}].size", "is 0");
            if ((ulong)mapping.ContainerId + mapping.Size > uint.MaxValue || (ulong)mapping.HostId + mapping.Size > uint.MaxValue)
                found.Error($"{path}[{i}].size", "goes beyond the largest id");
            for (int j = 0; j < i; j++)
                if (Overlap(mapping.ContainerId, mapping.Size, mappings[j].ContainerId, mappings[j].Size) || Overlap(mapping.HostId, mapping.Size, mappings[j].HostId, mappings[j].Size))
                    found.Error($"{path}[{i}]", $"overlaps entry {j}");
        }
    }

    private static bool Overlap(uint a, uint sizeOfA, uint b, uint sizeOfB) => a < (ulong)b + sizeOfB && b < (ulong)a + sizeOfA;

    private static void CheckTimeOffsets(LinuxSpec linux, SpecFindings found)
    {
        if (linux.TimeOffsets.Count == 0) return;
        NamespaceSpec? time = Find(linux, NamespaceKind.Time);
        if (time is null) found.Error("linux.timeOffsets", "needs a time namespace");
        else if (time.Path is not null) found.Error("linux.timeOffsets", "is for a new time namespace; this one is joined");
        foreach ((string clock, TimeOffset offset) in linux.TimeOffsets)
        {
            if (clock is not ("monotonic" or "boottime")) found.Error(PropertyPath.Append("linux.timeOffsets", SpecReader.Quote(clock)), "is no clock; monotonic and boottime are");
            if (offset.Nanosecs > 999_999_999) found.Error(PropertyPath.Append("linux.timeOffsets", SpecReader.Quote(clock)) + ".nanosecs", "is more than 999999999");
        }
    }

    private static void CheckDevices(DeviceSpec[] devices, SpecFindings found)
    {
        for (int i = 0; i < devices.Length; i++)
        {
            DeviceSpec device = devices[i];
            if (device.Type == DeviceKind.All) found.Error($"linux.devices[{i}].type", "is not c, b, u or p");
            if (!IsAbsolute(device.Path)) found.Error($"linux.devices[{i}].path", $"'{SpecReader.Quote(device.Path)}' is not absolute");
            if (device.Type == DeviceKind.Fifo) continue;
            if (device.Major is null) found.Error($"linux.devices[{i}].major", "is missing, and required for this type");
            if (device.Minor is null) found.Error($"linux.devices[{i}].minor", "is missing, and required for this type");
            CheckDeviceNumbers(device.Major, device.Minor, $"linux.devices[{i}]", found);
            for (int j = 0; j < i && j < 64; j++)
                if (devices[j].Type == device.Type && devices[j].Major == device.Major && devices[j].Minor == device.Minor)
                    found.Warning($"linux.devices[{i}]", $"is the same device as entry {j}");
        }
    }

    // The kernel keeps 12 bits of the major and 20 bits of the minor number (linux/kdev_t.h).
    private static void CheckDeviceNumbers(long? major, long? minor, string path, SpecFindings found)
    {
        if (major is < 0 or > 0xfff) found.Error(path + ".major", $"{major} is not between 0 and 4095");
        if (minor is < 0 or > 0xfffff) found.Error(path + ".minor", $"{minor} is not between 0 and 1048575");
    }

    private static void CheckNetDevices(LinuxSpec linux, SpecFindings found)
    {
        if (linux.NetDevices.Count == 0) return;
        if (!Has(linux, NamespaceKind.Network)) found.Error("linux.netDevices", "needs a network namespace");
        HashSet<string> names = [];
        foreach ((string hostName, NetDeviceSpec device) in linux.NetDevices)
        {
            string path = PropertyPath.Append("linux.netDevices", SpecReader.Quote(hostName));
            if (!IsInterfaceName(hostName) || hostName.Contains('%')) found.Error(path, "is not a name of an interface");
            if (device.Name is { } name && !IsNewInterfaceName(name)) found.Error(path + ".name", $"'{SpecReader.Quote(name)}' is not a name of an interface");
            string newName = device.Name ?? hostName;
            if (!newName.Contains('%') && !names.Add(newName)) found.Error(path + ".name", $"'{SpecReader.Quote(newName)}' comes twice");
        }
    }

    // The kernel's rule (dev_valid_name): 1 to 15 bytes, not "." or "..", no slash, colon or blank.
    private static bool IsInterfaceName(string name)
    {
        if (name is "" or "." or ".." || System.Text.Encoding.UTF8.GetByteCount(name) > 15) return false;
        foreach (char c in name)
            if (c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c)) return false;
        return true;
    }

    // A new name may hold one "%d", which the kernel replaces by a free number, and no other per cent sign.
    private static bool IsNewInterfaceName(string name)
    {
        int percent = name.IndexOf('%');
        return IsInterfaceName(name) && (percent < 0 || (percent == name.LastIndexOf('%') && name.AsSpan(percent).StartsWith("%d")));
    }

    private static void CheckCgroupsPath(string? path, SpecFindings found)
    {
        if (path is null) return;
        foreach (Range part in path.AsSpan().Split('/'))
            if (path.AsSpan()[part] is "..") found.Error("linux.cgroupsPath", $"'{SpecReader.Quote(path)}' has '..' in it");
    }

    private static void CheckSysctl(string name, LinuxSpec linux, RuntimeSpec spec, SpecFindings found)
    {
        string property = PropertyPath.Append("linux.sysctl", SpecReader.Quote(name));
        if (SysctlName.ToPath(name) is not { } path) found.Error(property, "is not a name of a kernel parameter");
        else if (path == "kernel/hostname") found.Error(property, "is not set this way; use the property hostname");
        else if (path == "kernel/domainname" && spec.Domainname is not null) found.Error(property, "contradicts the property domainname");
        else if (SysctlName.NamespaceOf(path) is not { } kind) found.Error(property, "belongs to the whole machine, not to a namespace");
        else if (!Has(linux, kind)) found.Error(property, $"needs a {SpecNames.Of(kind)} namespace; without one it would change the machine's");
    }

    private static void CheckPaths(string[] paths, string property, LinuxSpec linux, SpecFindings found)
    {
        if (paths.Length > 0 && !Has(linux, NamespaceKind.Mount)) found.Error(property, "needs a mount namespace; without one it would change the machine's files");
        for (int i = 0; i < paths.Length; i++)
            if (!IsAbsolute(paths[i])) found.Error($"{property}[{i}]", $"'{SpecReader.Quote(paths[i])}' is not absolute");
    }

    private static void CheckIntelRdt(IntelRdtSpec rdt, SpecFindings found)
    {
        // "/" is the group that all processes are in unless they are put into another.
        if (rdt.ClosId is { } id and not "/" && (id is "." or ".." || id.AsSpan().IndexOfAny('/', '\n') >= 0)) found.Error("linux.intelRdt.closID", $"'{SpecReader.Quote(id)}' is not the name of a directory");
        if (rdt.L3CacheSchema is { } l3 && l3.Contains('\n')) found.Warning("linux.intelRdt.l3CacheSchema", "should be one line");
        if (rdt.MemBwSchema is { } bandwidth && (!bandwidth.StartsWith("MB:", StringComparison.Ordinal) || bandwidth.Contains('\n')))
            found.Error("linux.intelRdt.memBwSchema", "is not one line that begins with MB:");
        for (int i = 0; i < rdt.Schemata.Length; i++)
            if (rdt.Schemata[i].Contains('\n')) found.Error($"linux.intelRdt.schemata[{i}]", "is not one line");
    }

    // set_mempolicy(2).
    private static void CheckMemoryPolicy(MemoryPolicySpec policy, SpecFindings found)
    {
        const string Path = "linux.memoryPolicy.";
        bool takesNodes = policy.Mode is not (MemoryPolicyMode.MPOL_DEFAULT or MemoryPolicyMode.MPOL_LOCAL);
        // MPOL_PREFERRED without nodes is MPOL_LOCAL.
        if (takesNodes && policy.Nodes is null && policy.Mode != MemoryPolicyMode.MPOL_PREFERRED) found.Error(Path + "nodes", $"is missing, and required for {SpecNames.Of(policy.Mode)}");
        if (!takesNodes && policy.Nodes is not null) found.Error(Path + "nodes", $"is not for {SpecNames.Of(policy.Mode)}");
        if (!takesNodes && policy.Flags != 0) found.Error(Path + "flags", $"are not for {SpecNames.Of(policy.Mode)}");
        CheckIndexList(policy.Nodes, Path + "nodes", found);
        if (policy.Flags.HasFlag(MemoryPolicyFlags.MPOL_F_STATIC_NODES | MemoryPolicyFlags.MPOL_F_RELATIVE_NODES))
            found.Error(Path + "flags", "has both MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES");
        if (policy.Flags.HasFlag(MemoryPolicyFlags.MPOL_F_NUMA_BALANCING) && policy.Mode is not (MemoryPolicyMode.MPOL_BIND or MemoryPolicyMode.MPOL_PREFERRED_MANY))
            found.Error(Path + "flags", "has MPOL_F_NUMA_BALANCING, which is for MPOL_BIND and MPOL_PREFERRED_MANY");
    }
}
