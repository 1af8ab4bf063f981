using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>A group that is made by writing to the cgroup file systems: v1, v2 or both.</summary>
internal sealed partial class FileCgroup : Cgroup
{
    public const string Driver = "cgroupfs";

    private readonly List<CgroupDirectory> directories;
    private readonly CgroupDirectory? unified;

    internal FileCgroup(List<CgroupDirectory> directories, CgroupMode mode)
    {
        this.directories = directories;
        Mode = mode;
        if (directories.Count > 0 && directories[^1].IsUnified) unified = directories[^1];
    }

    public override CgroupMode Mode { get; }

    public override IReadOnlyList<(string Controllers, string Directory)> Directories
    {
        get
        {
            var list = new (string, string)[directories.Count];
            for (int i = 0; i < list.Length; i++) list[i] = (directories[i].Controllers, directories[i].Path);
            return list;
        }
    }

    public override IReadOnlyList<string> Save()
    {
        string[] lines = new string[directories.Count + 1];
        lines[0] = Driver;
        for (int i = 0; i < directories.Count; i++) lines[i + 1] = directories[i].Controllers + ":" + directories[i].Path;
        return lines;
    }

    public static new FileCgroup Open(IReadOnlyList<string> saved)
    {
        List<CgroupDirectory> directories = new(saved.Count - 1);
        bool v1 = false, v2 = false;
        for (int i = 1; i < saved.Count; i++)
        {
            int colon = saved[i].IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || colon + 1 >= saved[i].Length || saved[i][colon + 1] != '/' || v2)
                throw new KeelsonException(ErrorKind.DataLoss, $"open cgroup: '{saved[i]}' names no directory");
            v1 |= colon > 0;
            v2 |= colon == 0;
            directories.Add(new CgroupDirectory(saved[i][..colon], saved[i][(colon + 1)..]));
        }
        return new FileCgroup(directories, v1 && v2 ? CgroupMode.Hybrid : v1 ? CgroupMode.V1 : CgroupMode.V2);
    }

    public override IReadOnlyList<FdHandle> OpenJoinFiles(bool withUnified = true, string below = "", ReadOnlySpan<string> controllers = default)
    {
        List<FdHandle> files = new(directories.Count);
        string inside = Inside(below);
        foreach (CgroupDirectory directory in directories)
        {
            if (directory.IsUnified && !withUnified) continue;
            try
            {
                bool goesBelow = controllers.IsEmpty || HasAnyOf(directory, controllers);
                files.Add(directory.Open((goesBelow ? inside : "") + (directory.IsUnified ? "cgroup.procs" : "tasks"), OpenFlags.O_WRONLY));
            }
            catch
            {
                foreach (FdHandle file in files) file.Dispose();
                throw;
            }
        }
        return files;
    }

    public override FdHandle? OpenDirectory(string below = "")
    {
        if (unified is null) return null;
        string path = below.Length == 0 ? unified.Path : unified.Path + "/" + CgroupPath.Parse(below).Value.TrimStart('/');
        return Files.Open(path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
    }

    public override void Attach(int pid, string below = "")
    {
        string file = Inside(below) + "cgroup.procs", value = pid.ToString();
        foreach (CgroupDirectory directory in directories) directory.Write(file, value);
    }

    public override void ApplyDevices(ReadOnlySpan<DeviceRule> rules) => WriteDevices(DeviceRuleList.ForContainer(rules), isNew: false);

    private static bool HasAnyOf(CgroupDirectory directory, ReadOnlySpan<string> controllers)
    {
        foreach (string controller in controllers)
            if (directory.Has(controller))
                return true;
        return false;
    }

    /// <summary>The v1 hierarchy with a controller; <see langword="null"/> when there is none.</summary>
    private CgroupDirectory? FindV1(string controller)
    {
        foreach (CgroupDirectory directory in directories)
            if (directory.Has(controller))
                return directory;
        return null;
    }

    private void WriteDevices(DeviceRuleList rules, bool isNew)
    {
        if (FindV1("devices") is { } directory)
        {
            if (DevicePolicy.TryMake(rules, out DevicePolicy? policy) is { } hole)
                throw new KeelsonException(ErrorKind.Unsupported, hole + ", which cgroup v1 cannot express");
            if (isNew) V1Devices.Initialize(directory, policy!);
            else V1Devices.Change(directory, policy!, Stop);
        }
        else if (unified is not null)
        {
            V2Devices.Apply(unified, rules, isNew);
        }
    }

    /// <summary>Freezes the group until the result is disposed; a group that is frozen already, or has no freezer, stays as it is.</summary>
    internal IDisposable Stop() => new Standstill(this);

    private static string Inside(string below) => below.Length == 0 ? "" : CgroupPath.Parse(below).Value.TrimStart('/') + "/";

    private sealed class Standstill : IDisposable
    {
        private readonly FileCgroup? frozen;

        public Standstill(FileCgroup group)
        {
            if (!group.HasFreezer || group.IsFrozen) return;
            group.Freeze();
            frozen = group;
        }

        public void Dispose() => frozen?.Thaw();
    }
}
