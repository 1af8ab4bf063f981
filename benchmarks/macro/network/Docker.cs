using System.Globalization;

namespace Keelson.Bench.Network;

/// <summary>dockerd on this ground, with an image.</summary>
internal sealed class Docker : IDisposable
{
    /// <summary>An image with <c>sleep</c> in it.</summary>
    public const string Image = "busybox:bench";

    private const string CgroupRoot = "/sys/fs/cgroup";
    private readonly Ground ground;

    // The number that processes have outside tells one run from another; here this is process 1.
    private readonly string cgroup = "keelson-bench-" + File.ReadAllText("/proc/sys/kernel/random/uuid").Trim();

    public Docker(Ground ground)
    {
        this.ground = ground;
        string folder = Directory.CreateDirectory(Ground.Folder + "/docker").FullName;
        string configuration = Ground.Write("dockerd.json", "{}");
        Pid = ground.Spawner.Start(new(["/usr/sbin/dockerd", "--host", Address, "--data-root", folder + "/root", "--exec-root", folder + "/exec", "--pidfile", folder + "/pid", "--config-file", configuration,
            "--cgroup-parent", "/" + cgroup, "--storage-driver", "overlay2", "--log-level", "error"]));
        Wait.Until("dockerd: " + ground.Spawner.TakeOutput(), () => ground.Spawner.Run(new(["/usr/bin/docker", "-H", Address, "version"])).Failures == 0);
        ground.Must($"mkdir -p {folder}/tree/bin", $"cp /bin/busybox {folder}/tree/bin", $"ln -s busybox {folder}/tree/bin/sleep", $"tar -C {folder}/tree -c . | /usr/bin/docker -H {Address} import - {Image}");
    }

    public int Pid { get; }

    private static string Address => "unix://" + Ground.Folder + "/docker/sock";

    /// <summary>Runs a command of docker's client.</summary>
    public string Must(string arguments) => ground.Must($"exec /usr/bin/docker -H {Address} {arguments}");

    /// <summary>Ends its containers, then it, and removes their cgroups.</summary>
    public void Dispose()
    {
        Must("rm -f web asks");
        _ = Native.kill(Pid, 15);
        Spawner.WaitFor(Pid);
        string[] trees = [.. (Machine.IsUnified ? [CgroupRoot] : Directory.GetDirectories(CgroupRoot)).Select(controller => string.Create(CultureInfo.InvariantCulture, $"{controller}/{cgroup}")).Where(Directory.Exists)];
        foreach (string tree in trees.Where(tree => File.Exists(tree + "/cgroup.procs"))) Remove(tree);
    }

    private static void Remove(string folder)
    {
        foreach (string child in Directory.GetDirectories(folder)) Remove(child);
        Directory.Delete(folder);
    }
}
