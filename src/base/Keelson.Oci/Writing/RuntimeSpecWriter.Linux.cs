using System.Text.Json;

namespace Keelson.Oci;

public static partial class RuntimeSpecWriter
{
    private static void WriteProperties(Utf8JsonWriter json, LinuxSpec linux)
    {
        json.Objects("uidMappings"u8, linux.UidMappings, WriteProperties);
        json.Objects("gidMappings"u8, linux.GidMappings, WriteProperties);
        json.StringMap("sysctl"u8, linux.Sysctl);
        json.Object("resources"u8, linux.Resources, WriteProperties);
        json.String("cgroupsPath"u8, linux.CgroupsPath);
        json.Objects("namespaces"u8, linux.Namespaces, static (json, ns) =>
        {
            json.WriteString("type"u8, SpecNames.Of(ns.Type));
            json.String("path"u8, ns.Path);
        });
        json.ObjectMap("timeOffsets"u8, linux.TimeOffsets, static (json, offset) =>
        {
            if (offset.Secs != 0) json.WriteNumber("secs"u8, offset.Secs);
            if (offset.Nanosecs != 0) json.WriteNumber("nanosecs"u8, offset.Nanosecs);
        });
        json.Objects("devices"u8, linux.Devices, WriteProperties);
        json.ObjectMap("netDevices"u8, linux.NetDevices, static (json, device) => json.String("name"u8, device.Name));
        json.Object("seccomp"u8, linux.Seccomp, WriteProperties);
        json.String("rootfsPropagation"u8, linux.RootfsPropagation);
        json.Strings("maskedPaths"u8, linux.MaskedPaths);
        json.Strings("readonlyPaths"u8, linux.ReadonlyPaths);
        json.String("mountLabel"u8, linux.MountLabel);
        json.Object("intelRdt"u8, linux.IntelRdt, static (json, rdt) =>
        {
            json.String("closID"u8, rdt.ClosId);
            json.Strings("schemata"u8, rdt.Schemata);
            json.String("l3CacheSchema"u8, rdt.L3CacheSchema);
            json.String("memBwSchema"u8, rdt.MemBwSchema);
            json.Flag("enableMonitoring"u8, rdt.EnableMonitoring);
        });
        json.Object("personality"u8, linux.Personality, static (json, personality) =>
        {
            json.WriteString("domain"u8, SpecNames.Of(personality.Domain));
            json.Strings("flags"u8, personality.Flags);
        });
        json.Object("memoryPolicy"u8, linux.MemoryPolicy, static (json, policy) =>
        {
            json.WriteString("mode"u8, SpecNames.Of(policy.Mode));
            json.String("nodes"u8, policy.Nodes);
            json.Strings("flags"u8, SpecNames.Of(policy.Flags));
        });
    }

    private static void WriteProperties(Utf8JsonWriter json, DeviceSpec device)
    {
        json.WriteString("path"u8, device.Path);
        json.WriteString("type"u8, SpecNames.Of(device.Type));
        json.Number("major"u8, device.Major);
        json.Number("minor"u8, device.Minor);
        json.Number("fileMode"u8, (ulong?)device.FileMode);
        json.Number("uid"u8, (ulong?)device.Uid);
        json.Number("gid"u8, (ulong?)device.Gid);
    }

    private static void WriteProperties(Utf8JsonWriter json, SeccompProfile profile)
    {
        json.WriteString("defaultAction"u8, SpecNames.Of(profile.DefaultAction));
        json.Number("defaultErrnoRet"u8, (ulong?)profile.DefaultErrnoRet);
        if (profile.Architectures.Length > 0)
        {
            json.WriteStartArray("architectures"u8);
            foreach (SeccompArchitecture architecture in profile.Architectures) json.WriteStringValue(SpecNames.Of(architecture));
            json.WriteEndArray();
        }
        json.OptionalStrings("flags"u8, profile.Flags is { } flags ? SpecNames.Of(flags) : null);
        json.String("listenerPath"u8, profile.ListenerPath);
        json.String("listenerMetadata"u8, profile.ListenerMetadata);
        json.Objects("syscalls"u8, profile.Syscalls, static (json, rule) =>
        {
            json.OptionalStrings("names"u8, rule.Names);
            json.WriteString("action"u8, SpecNames.Of(rule.Action));
            json.Number("errnoRet"u8, (ulong?)rule.ErrnoRet);
            json.Objects("args"u8, rule.Args, static (json, argument) =>
            {
                json.WriteNumber("index"u8, argument.Index);
                json.WriteNumber("value"u8, argument.Value);
                if (argument.ValueTwo != 0) json.WriteNumber("valueTwo"u8, argument.ValueTwo);
                json.WriteString("op"u8, SpecNames.Of(argument.Op));
            });
        });
    }
}
