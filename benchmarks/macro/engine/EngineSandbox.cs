using System.Globalization;

namespace Keelson.Bench.Engine;

/// <summary>Namespaces of our own (mounts, network), a tmpfs on /run for all sockets, states and images, and one cgroup for each contender.</summary>
internal sealed class EngineSandbox : IDisposable
{
    private const string CgroupRoot = "/sys/fs/cgroup";
    private const int CLONE_NEWNET = 0x40000000;
    private static readonly string[] Controllers = Machine.IsUnified ? [""] : ["/cpuacct", "/memory"];
    private readonly string name = string.Create(CultureInfo.InvariantCulture, $"keelson-bench-{Environment.ProcessId}");

    public EngineSandbox()
    {
        Native.Check(Native.unshare(Native.CLONE_NEWNS | CLONE_NEWNET), "unshare");
        Native.Check(Native.mount(null, "/", null, Native.MS_REC | Native.MS_PRIVATE, null), "mount / private");
        // crun and podman refuse v1 controllers beside a cgroup v2 tree.
        if (!Machine.IsUnified && Directory.Exists(CgroupRoot + "/unified")) _ = Native.umount2(CgroupRoot + "/unified", Native.MNT_DETACH);
        Native.Check(Native.mount("tmpfs", "/run", "tmpfs", Native.MS_NOSUID, "mode=755"), "mount tmpfs on /run");
        Directory.CreateDirectory(Folder);
    }

    /// <summary>A folder on the tmpfs.</summary>
    public static string Folder => "/run/bench";

    /// <summary>The cgroup of a contender: <c>/keelson-bench-PID/NAME</c>. Its containers are below <c>/c</c> in it.</summary>
    public string Cgroup(string contender) => $"/{name}/{contender}";

    /// <summary>Puts this process, and with it all that it starts from now on, into a contender's cgroup.</summary>
    public void Enter(string contender)
    {
        foreach (string controller in Controllers)
        {
            string folder = CgroupRoot + controller + Cgroup(contender);
            Directory.CreateDirectory(folder);
            File.WriteAllText(folder + "/cgroup.procs", "0");
        }
    }

    /// <summary>Puts this process back.</summary>
    public static void Leave()
    {
        foreach (string controller in Controllers) File.WriteAllText(CgroupRoot + controller + "/cgroup.procs", "0");
    }

    /// <summary>CPU time of all that ever ran in a contender's cgroup, in milliseconds.</summary>
    public double CpuMilliseconds(string contender) => Machine.IsUnified
        ? double.Parse(File.ReadLines(CgroupRoot + Cgroup(contender) + "/cpu.stat").First().Split(' ')[1], CultureInfo.InvariantCulture) / 1e3
        : double.Parse(File.ReadAllText($"{CgroupRoot}/cpuacct{Cgroup(contender)}/cpuacct.usage"), CultureInfo.InvariantCulture) / 1e6;

    /// <summary>Processes of a contender without those of its containers.</summary>
    public IReadOnlyList<int> Processes(string contender)
    {
        string group = CgroupRoot + Controllers[0] + Cgroup(contender);
        return [.. Directory.EnumerateFiles(group, "cgroup.procs", SearchOption.AllDirectories).Where(file => !file.StartsWith(group + "/c/", StringComparison.Ordinal))
            .SelectMany(File.ReadAllLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(pid => pid != Environment.ProcessId)];
    }

    /// <summary>Proportional set size of these processes, in MiB. proc(5) smaps_rollup.</summary>
    public static double PssMebibytes(IEnumerable<int> pids) => pids.Sum(pid =>
    {
        try
        {
            string line = File.ReadLines($"/proc/{pid}/smaps_rollup").First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
        catch (IOException)
        {
            return 0; // It has ended meanwhile.
        }
    });

    public void Dispose()
    {
        Leave();
        string[] trees = [.. (Machine.IsUnified ? [CgroupRoot] : Directory.GetDirectories(CgroupRoot)).Select(controller => $"{controller}/{name}").Where(Directory.Exists)];
        for (int round = 0; round < 20 && trees.Sum(Kill) > 0; round++)
        {
            _ = Spawner.Reap();
            Wait.Milliseconds(50);
        }
        Spawner.ReapAll();
        foreach (string tree in trees.Where(tree => File.Exists(Path.GetDirectoryName(tree) + "/cgroup.procs"))) Remove(tree);
        _ = Native.umount2("/run", Native.MNT_DETACH);
    }

    private static int Kill(string tree)
    {
        int[] pids = [.. Directory.EnumerateFiles(tree, "cgroup.procs", SearchOption.AllDirectories).SelectMany(File.ReadAllLines).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        foreach (int pid in pids.Where(pid => pid > 0 && pid != Environment.ProcessId)) _ = Native.kill(pid, Native.SIGKILL);
        return pids.Length;
    }

    private static void Remove(string folder)
    {
        foreach (string child in Directory.GetDirectories(folder)) Remove(child);
        Directory.Delete(folder);
    }
}
