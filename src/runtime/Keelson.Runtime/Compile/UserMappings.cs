using System.Text;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Compile;

/// <summary>Writes the mappings of a user namespace that was just made. user_namespaces(7).</summary>
internal static class UserMappings
{
    /// <summary>The kernel takes one write of less than a page, with at most 340 lines.</summary>
    private const int MaximumBytes = 4095, MaximumLines = 340;

    /// <summary>Gives a process's new user namespace its mappings, itself or through newuidmap(1) and newgidmap(1).</summary>
    /// <param name="pid">The process, as this process counts.</param>
    /// <param name="linux">The configuration.</param>
    /// <param name="privileged">Whether this process may map any ID.</param>
    /// <exception cref="KeelsonException">The mappings are too long, or the kernel or the helper refuses them.</exception>
    public static void Write(int pid, LinuxSpec linux, bool privileged)
    {
        if (privileged)
        {
            WriteMap(pid, "uid_map", linux.UidMappings);
            WriteMap(pid, "gid_map", linux.GidMappings);
            return;
        }
        if (!MapsOnlySelf(linux.UidMappings, Processes.EffectiveUserId) || !MapsOnlySelf(linux.GidMappings, Processes.EffectiveGroupId))
        {
            RunHelper("newuidmap", pid, linux.UidMappings);
            RunHelper("newgidmap", pid, linux.GidMappings);
            return;
        }
        // An unprivileged user may map its own group only after giving up setgroups(2).
        HostProc.Write(pid, "setgroups", "deny"u8);
        WriteMap(pid, "uid_map", linux.UidMappings);
        WriteMap(pid, "gid_map", linux.GidMappings);
    }

    /// <summary>Whether setgroups(2) works in the new namespace.</summary>
    public static bool AllowsSetGroups(LinuxSpec linux, bool privileged) =>
        privileged || !MapsOnlySelf(linux.UidMappings, Processes.EffectiveUserId) || !MapsOnlySelf(linux.GidMappings, Processes.EffectiveGroupId);

    /// <summary>Whether this process's own user namespace denies setgroups(2) for good: an unprivileged user made it for itself.</summary>
    public static bool IsSetGroupsDenied() =>
        Files.TryReadAll("/proc/self/setgroups", out ReadOnlyMemory<byte> text) == Linux.Errno.None && text.Span.StartsWith("deny"u8);

    private static bool MapsOnlySelf(IdMapping[] mappings, uint id) => mappings.Length == 1 && mappings[0].Size == 1 && mappings[0].HostId == id;

    /// <summary>Writes one file of mappings.</summary>
    public static void WriteMap(int pid, string file, IdMapping[] mappings)
    {
        StringBuilder text = new();
        foreach (IdMapping m in mappings) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{m.ContainerId} {m.HostId} {m.Size}\n");
        if (text.Length > MaximumBytes || mappings.Length > MaximumLines)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"write /proc/{pid}/{file}: {mappings.Length} mappings of {text.Length} bytes are more than the kernel takes ({MaximumLines} mappings, {MaximumBytes} bytes)");
        HostProc.Write(pid, file, Encoding.ASCII.GetBytes(text.ToString()));
    }

    private static void RunHelper(string name, int pid, IdMapping[] mappings)
    {
        string path = HelperProgram.Find(name) ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"map user namespace: {name} is not installed (package uidmap)");
        List<string> arguments = [name, pid.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        foreach (IdMapping m in mappings)
        {
            arguments.Add(m.ContainerId.ToString(System.Globalization.CultureInfo.InvariantCulture));
            arguments.Add(m.HostId.ToString(System.Globalization.CultureInfo.InvariantCulture));
            arguments.Add(m.Size.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        HelperResult result = HelperProgram.Run(path, [.. arguments], environment: [], input: default, timeout: null, inNamespacesOf: null);
        if (result.Status.Raw != 0) throw new KeelsonException(ErrorKind.PermissionDenied, $"map user namespace: {name}: {result.Describe()}");
    }
}
