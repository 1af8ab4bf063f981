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

    /// <summary>Where the group of a container is: named by <c>closID</c>, else by the container; <c>/</c> is the root itself.</summary>
    public static string DirectoryOf(IntelRdtSpec spec, string id, string root = DefaultRoot) => spec.ClosId == "/" ? root : root + "/" + (spec.ClosId ?? id);

    /// <summary>Makes the group, or takes the one that <c>closID</c> names, and sets its schemata.</summary>
    /// <param name="spec">The configuration.</param>
    /// <param name="id">The container; names the group when <c>closID</c> does not.</param>
    /// <param name="root">The mount point of resctrl.</param>
    /// <returns>Whether the group was made and not taken.</returns>
    /// <exception cref="KeelsonException">
    /// Unsupported: no resctrl here. NotFound: <c>closID</c> names a group without schemata to make it with, and it is not there. AlreadyExists: there is a
    /// group of the container's name. FailedPrecondition: the group that <c>closID</c> names has other schemata. The kernel refused a value.
    /// </exception>
    public static bool Make(IntelRdtSpec spec, string id, string root = DefaultRoot)
    {
        if (Files.TryStatus(root + "/schemata", out _) != Errno.None)
            throw new KeelsonException(ErrorKind.Unsupported, $"linux.intelRdt: Intel RDT is not available: {root} is not a mounted resctrl");
        string directory = DirectoryOf(spec, id, root), shares = Shares(spec), schemata = Lines(spec.Schemata);
        bool isNew = Enter(directory, spec, mayMake: spec.ClosId is null || shares.Length + schemata.Length > 0);
        try
        {
            if (!isNew) Compare(directory, shares);
            else if (shares.Length > 0) Write(directory + "/schemata", shares);
            // One write may name a domain once, and these lines, which come last, may speak of the same ones.
            if (schemata.Length > 0) Write(directory + "/schemata", schemata);
            if (spec.EnableMonitoring) Monitor(directory, id);
        }
        catch when (isNew)
        {
            Files.TryRemoveDirectory(directory);
            throw;
        }
        return isNew;
    }

    /// <summary>Moves a process into the group.</summary>
    public static void Join(string directory, int pid, bool isMonitored, string id)
    {
        string text = pid.ToString(CultureInfo.InvariantCulture);
        Write(directory + "/tasks", text);
        if (isMonitored) Write(MonitoringGroup(directory, id) + "/tasks", text);
    }

    /// <summary>Removes what <see cref="Make"/> made. A group that <c>closID</c> names may have others in it by now and stays.</summary>
    /// <param name="directory">The group.</param>
    /// <param name="spec">The configuration.</param>
    /// <param name="id">The container.</param>
    /// <param name="isNew">The group was made just now for a container that could not be created: also one that <c>closID</c> names goes.</param>
    public static void Remove(string directory, IntelRdtSpec spec, string id, bool isNew = false)
    {
        if (spec.EnableMonitoring) RemoveDirectory(MonitoringGroup(directory, id));
        if (spec.ClosId is null || isNew) RemoveDirectory(directory);
    }

    /// <summary>Makes the directory, or finds it; <see langword="true"/> when it was made.</summary>
    private static bool Enter(string directory, IntelRdtSpec spec, bool mayMake)
    {
        if (!mayMake)
        {
            Errno there = Files.TryStatus(directory, out _);
            if (there == Errno.ENOENT) throw new KeelsonException(ErrorKind.NotFound, $"linux.intelRdt: group {directory} does not exist, and there are no schemata to make it with");
            there.ThrowIfError("stat", directory);
            return false;
        }
        Errno made = Files.TryMakeDirectory(directory);
        if (made == Errno.EEXIST && spec.ClosId is null) throw new KeelsonException(ErrorKind.AlreadyExists, $"linux.intelRdt: group {directory} exists already");
        if (made is not (Errno.None or Errno.EEXIST)) throw new LinuxException("mkdir", directory, made);
        return made == Errno.None;
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

    /// <summary>What <c>l3CacheSchema</c> and <c>memBwSchema</c> say together; bandwidth is the latter's affair alone.</summary>
    private static string Shares(IntelRdtSpec spec)
    {
        string[] cache = Array.FindAll((spec.L3CacheSchema ?? "").Split('\n'), line => !line.StartsWith("MB:", StringComparison.Ordinal));
        return Lines([.. cache, spec.MemBwSchema ?? ""]);
    }

    private static string Lines(ReadOnlySpan<string> lines)
    {
        StringBuilder text = new();
        foreach (string line in lines)
            if (line.TrimEnd('\n') is { Length: > 0 } trimmed)
                text.Append(trimmed).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes to a file of resctrl. Nobody can make one there; where another file system stands in for it, it is made.</summary>
    private static void Write(string file, string text) =>
        Files.TryWriteFile(file, Encoding.ASCII.GetBytes(text), OpenFlags.O_WRONLY | OpenFlags.O_APPEND | OpenFlags.O_CREAT, 0b110_100_100).ThrowIfError($"write '{text.TrimEnd('\n')}' to", file);

    /// <summary>A group that is there already must have the schemata that are asked for.</summary>
    private static void Compare(string directory, string wanted)
    {
        if (wanted.Length == 0) return;
        string[] actual = Encoding.ASCII.GetString(Files.ReadAll(directory + "/schemata").Span).Replace(" ", "", StringComparison.Ordinal).Split('\n');
        foreach (string line in wanted.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (Array.IndexOf(actual, line.Replace(" ", "", StringComparison.Ordinal)) < 0)
                throw new KeelsonException(ErrorKind.FailedPrecondition, $"linux.intelRdt: group {directory} is shared and has other schemata than '{line}'");
    }
}
