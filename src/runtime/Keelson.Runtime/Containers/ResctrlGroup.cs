using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Containers;

/// <summary>A container's share of cache and memory bandwidth. runtime-spec 1.3 config-linux "IntelRdt"; kernel documentation arch/x86/resctrl.</summary>
internal static class ResctrlGroup
{
    /// <summary>Where the file system is mounted.</summary>
    public const string DefaultRoot = "/sys/fs/resctrl";

    /// <summary>Makes the group, or takes the one that <c>closID</c> names, and sets its schemata.</summary>
    /// <param name="spec">The configuration.</param>
    /// <param name="id">The container; names the group when <c>closID</c> does not.</param>
    /// <param name="root">The mount point of resctrl.</param>
    /// <returns>The group's directory.</returns>
    /// <exception cref="KeelsonException">Unsupported: no resctrl here. FailedPrecondition: a shared group has other schemata. The kernel refused a value.</exception>
    public static string Make(IntelRdtSpec spec, string id, string root = DefaultRoot)
    {
        if (Files.TryStatus(root + "/schemata", out _) != Errno.None)
            throw new KeelsonException(ErrorKind.Unsupported, $"linux.intelRdt: Intel RDT is not available: {root} is not a mounted resctrl");
        string directory = spec.ClosId is { } shared ? root + "/" + shared : root + "/" + id;
        Errno errno = Files.TryMakeDirectory(directory);
        if (errno is not (Errno.None or Errno.EEXIST)) throw new LinuxException("mkdir", directory, errno);
        string wanted = Schemata(spec);
        try
        {
            if (errno == Errno.EEXIST && spec.ClosId is not null) Compare(directory, wanted);
            else if (wanted.Length > 0) Files.WriteFile(directory + "/schemata", Encoding.ASCII.GetBytes(wanted));
            if (spec.EnableMonitoring) Monitor(directory, id);
        }
        catch when (errno == Errno.None)
        {
            Files.TryRemoveDirectory(directory);
            throw;
        }
        return directory;
    }

    /// <summary>Moves a process into the group.</summary>
    public static void Join(string directory, int pid, bool isMonitored, string id)
    {
        byte[] text = Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture));
        Files.WriteFile(directory + "/tasks", text);
        if (isMonitored) Files.WriteFile(MonitoringGroup(directory, id) + "/tasks", text);
    }

    /// <summary>Removes what <see cref="Make"/> made. A group that <c>closID</c> names belongs to others too and stays.</summary>
    public static void Remove(string directory, IntelRdtSpec spec, string id)
    {
        if (spec.EnableMonitoring) RemoveDirectory(MonitoringGroup(directory, id));
        if (spec.ClosId is null) RemoveDirectory(directory);
    }

    private static void RemoveDirectory(string directory)
    {
        Errno errno = Files.TryRemoveDirectory(directory);
        if (errno is not (Errno.None or Errno.ENOENT)) throw new LinuxException("rmdir", directory, errno);
    }

    private static string MonitoringGroup(string directory, string id) => directory + "/mon_groups/" + id;

    private static void Monitor(string directory, string id)
    {
        string group = MonitoringGroup(directory, id);
        Errno errno = Files.TryMakeDirectory(group);
        if (errno is not (Errno.None or Errno.EEXIST)) throw new LinuxException("mkdir", group, errno);
    }

    private static string Schemata(IntelRdtSpec spec)
    {
        StringBuilder text = new();
        foreach (string? line in (string?[])[spec.L3CacheSchema, spec.MemBwSchema, .. spec.Schemata])
            if (!string.IsNullOrEmpty(line))
                text.Append(line.TrimEnd('\n')).Append('\n');
        return text.ToString();
    }

    /// <summary>A group that is there already must have the schemata that are asked for.</summary>
    private static void Compare(string directory, string wanted)
    {
        string actual = Encoding.ASCII.GetString(Files.ReadAll(directory + "/schemata").Span);
        foreach (string line in wanted.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (!Array.Exists(actual.Split('\n'), l => l.Replace(" ", "", StringComparison.Ordinal) == line.Replace(" ", "", StringComparison.Ordinal)))
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"linux.intelRdt: group {directory} is shared and has other schemata than '{line}'");
    }
}
