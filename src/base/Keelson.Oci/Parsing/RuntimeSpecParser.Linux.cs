namespace Keelson.Oci;

public static partial class RuntimeSpecParser
{
    private static LinuxSpec ReadLinux(ref SpecReader r)
    {
        LinuxSpec linux = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("namespaces"u8)) linux.Namespaces = r.Array(ReadNamespace);
            else if (r.Is("uidMappings"u8)) linux.UidMappings = r.Array(ReadIdMapping);
            else if (r.Is("gidMappings"u8)) linux.GidMappings = r.Array(ReadIdMapping);
            else if (r.Is("timeOffsets"u8)) linux.TimeOffsets = r.Map(ReadTimeOffset);
            else if (r.Is("devices"u8)) linux.Devices = r.Array(ReadDevice);
            else if (r.Is("netDevices"u8)) linux.NetDevices = r.Map(ReadNetDevice);
            else if (r.Is("cgroupsPath"u8)) linux.CgroupsPath = r.String();
            else if (r.Is("rootfsPropagation"u8)) linux.RootfsPropagation = r.String();
            else if (r.Is("sysctl"u8)) linux.Sysctl = r.Map(static (ref e) => e.Argument());
            else if (r.Is("seccomp"u8)) linux.Seccomp = r.Seccomp();
            else if (r.Is("maskedPaths"u8)) linux.MaskedPaths = r.Strings();
            else if (r.Is("readonlyPaths"u8)) linux.ReadonlyPaths = r.Strings();
            else if (r.Is("mountLabel"u8)) linux.MountLabel = r.String();
            else if (r.Is("intelRdt"u8)) linux.IntelRdt = r.Optional(ReadIntelRdt);
            else if (r.Is("personality"u8)) linux.Personality = r.Optional(ReadPersonality);
            else if (r.Is("resources"u8)) linux.Resources = r.Optional(LinuxResourcesParser.ReadResources);
            else if (r.Is("memoryPolicy"u8)) linux.MemoryPolicy = r.Optional(ReadMemoryPolicy);
            else r.Skip();
        }
        return linux;
    }

    private static NamespaceSpec ReadNamespace(ref SpecReader r)
    {
        NamespaceKind? type = null;
        string? path = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("type"u8)) type = r.Name(SpecNames.ParseNamespaceKind, "a namespace type");
            else if (r.Is("path"u8)) path = r.String();
            else r.Skip();
        }
        return new NamespaceSpec { Type = r.Required(type, "type"), Path = path };
    }

    private static TimeOffset ReadTimeOffset(ref SpecReader r)
    {
        TimeOffset offset = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("secs"u8)) offset.Secs = r.Int64() ?? 0;
            else if (r.Is("nanosecs"u8)) offset.Nanosecs = r.UInt32() ?? 0;
            else r.Skip();
        }
        return offset;
    }

    private static DeviceSpec ReadDevice(ref SpecReader r)
    {
        DeviceSpec device = new();
        DeviceKind? type = null;
        string? path = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("type"u8)) type = r.Name(SpecNames.ParseDeviceKind, "a device type (c, b, u or p)");
            else if (r.Is("path"u8)) path = r.String();
            else if (r.Is("major"u8)) device.Major = r.Int64();
            else if (r.Is("minor"u8)) device.Minor = r.Int64();
            else if (r.Is("fileMode"u8)) device.FileMode = r.UInt32();
            else if (r.Is("uid"u8)) device.Uid = r.UInt32();
            else if (r.Is("gid"u8)) device.Gid = r.UInt32();
            else r.Skip();
        }
        device.Type = r.Required(type, "type");
        device.Path = r.Required(path, "path");
        return device;
    }

    private static NetDeviceSpec ReadNetDevice(ref SpecReader r)
    {
        NetDeviceSpec device = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("name"u8)) device.Name = r.String();
            else r.Skip();
        }
        return device;
    }

    private static IntelRdtSpec ReadIntelRdt(ref SpecReader r)
    {
        IntelRdtSpec rdt = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("closID"u8)) rdt.ClosId = r.String();
            else if (r.Is("schemata"u8)) rdt.Schemata = r.Strings();
            else if (r.Is("l3CacheSchema"u8)) rdt.L3CacheSchema = r.String();
            else if (r.Is("memBwSchema"u8)) rdt.MemBwSchema = r.String();
            else if (r.Is("enableMonitoring"u8)) rdt.EnableMonitoring = r.Bool() ?? false;
            else r.Skip();
        }
        return rdt;
    }

    private static PersonalitySpec ReadPersonality(ref SpecReader r)
    {
        PersonalityDomain? domain = null;
        string[] flags = [];
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("domain"u8)) domain = r.Name(SpecNames.ParsePersonalityDomain, "an execution domain (LINUX or LINUX32)");
            else if (r.Is("flags"u8)) flags = r.Strings();
            else r.Skip();
        }
        return new PersonalitySpec { Domain = r.Required(domain, "domain"), Flags = flags };
    }

    private static MemoryPolicySpec ReadMemoryPolicy(ref SpecReader r)
    {
        MemoryPolicySpec policy = new();
        MemoryPolicyMode? mode = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("mode"u8)) mode = r.Name(SpecNames.ParseMemoryPolicyMode, "a memory policy");
            else if (r.Is("nodes"u8)) policy.Nodes = r.String();
            else if (r.Is("flags"u8)) policy.Flags = ReadMemoryPolicyFlags(ref r);
            else r.Skip();
        }
        policy.Mode = r.Required(mode, "mode");
        return policy;
    }

    private static MemoryPolicyFlags ReadMemoryPolicyFlags(ref SpecReader r)
    {
        MemoryPolicyFlags flags = 0;
        foreach (MemoryPolicyFlags flag in r.Array(static (ref e) => e.ElementName(SpecNames.ParseMemoryPolicyFlags, "a memory policy flag"))) flags |= flag;
        return flags;
    }
}
