using System.Globalization;

namespace Keelson.Bench.Runtime;

/// <summary>Where everything happens: a private mount namespace with a tmpfs for bundles and states, and cgroups of our own.</summary>
internal sealed class Sandbox : IDisposable
{
    private const string CgroupRoot = "/sys/fs/cgroup";

    public Sandbox()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"keelson-bench-{Environment.ProcessId}");
        Cgroup = "/" + name;
        Folder = "/run/" + name;
        Native.Check(Native.unshare(Native.CLONE_NEWNS), "unshare CLONE_NEWNS");
        Native.Check(Native.mount(null, "/", null, Native.MS_REC | Native.MS_PRIVATE, null), "mount / private");
        // crun before 1.9 refuses v1 controllers beside a cgroup v2 tree; without the latter all contenders see the same machine.
        if (Directory.Exists(CgroupRoot + "/memory") && Directory.Exists(CgroupRoot + "/unified")) _ = Native.umount2(CgroupRoot + "/unified", Native.MNT_DETACH);
        Directory.CreateDirectory(Folder);
        Native.Check(Native.mount("tmpfs", Folder, "tmpfs", Native.MS_NOSUID, "mode=755"), "mount tmpfs on " + Folder);
    }

    /// <summary>A tmpfs that only this process and its children see.</summary>
    public string Folder { get; }

    /// <summary>The cgroup below which all containers are.</summary>
    public string Cgroup { get; }

    /// <summary>The memory cgroup of a path that starts with a slash.</summary>
    public static string MemoryFolder(string cgroup) => (Machine.IsUnified ? CgroupRoot : CgroupRoot + "/memory") + cgroup;

    public void Dispose()
    {
        string[] trees = Machine.IsUnified ? [CgroupRoot + Cgroup] : [.. Directory.GetDirectories(CgroupRoot).Select(controller => controller + Cgroup)];
        foreach (string tree in trees.Where(Directory.Exists)) KillProcesses(tree);
        Spawner.ReapAll();
        foreach (string tree in trees.Where(Directory.Exists))
        {
            // Where no hierarchy is mounted, runtimes make plain directories and files.
            if (File.Exists(Path.GetDirectoryName(tree) + "/cgroup.procs")) RemoveGroup(tree);
            else Directory.Delete(tree, recursive: true);
        }
        _ = Native.umount2(Folder, Native.MNT_DETACH);
        Directory.Delete(Folder);
    }

    private static void KillProcesses(string tree)
    {
        foreach (string file in Directory.EnumerateFiles(tree, "cgroup.procs", SearchOption.AllDirectories))
            foreach (string line in File.ReadAllLines(file))
                if (int.Parse(line, CultureInfo.InvariantCulture) is > 0 and int pid && pid != Environment.ProcessId)
                    _ = Native.kill(pid, Native.SIGKILL);
    }

    /// <summary>Removes a cgroup and those below it.</summary>
    public static void RemoveGroup(string folder)
    {
        foreach (string child in Directory.GetDirectories(folder)) RemoveGroup(child);
        Directory.Delete(folder);
    }
}
