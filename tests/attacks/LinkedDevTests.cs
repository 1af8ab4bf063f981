using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>Attack 10: the image's <c>/dev</c> is a link, and what the runtime makes there would appear on the host (CVE-2026-41579, CVE-2026-47766).</summary>
public sealed class LinkedDevTests : IDisposable
{
    private static readonly string[] Below = ["/dev", "/dev/pts", "/dev/shm", "/dev/mqueue"];
    private readonly string host = TestDirectory.Make("host");
    private readonly string before;
    private RuntimeUnderTest? runtime;

    public LinkedDevTests()
    {
        // A file under each name that the runtime makes, or takes away.
        foreach (string name in (string[])["null", "ptmx", "console", "stdin", "core"]) File.WriteAllText($"{host}/{name}", name);
        Directory.CreateDirectory(host + "/pts");
        before = Contents();
    }

    public void Dispose()
    {
        runtime?.Dispose();
        TestDirectory.Remove(host);
    }

    [RootFact]
    public void Without_defence_the_link_leads_to_the_host()
    {
        BundleBuilder bundle = Image(OpenAt2.Allowed, host);
        Files.TryMakeNode(bundle.Rootfs + "/dev/zero", FileStatus.S_IFCHR | 0b110_110_110, Device.Make(1, 5)).ThrowIfError("mknod");
        File.Delete(bundle.Rootfs + "/dev/ptmx");
        Assert.NotEqual(before, Contents());
        Assert.False(File.Exists(host + "/ptmx"));
    }

    /// <summary>Devices, links and the console are made in the image itself.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_dev_that_is_a_link_is_refused(OpenAt2 openAt2) => ForEachLink(openAt2, (bundle, link) =>
    {
        foreach (string path in Below) bundle.WithoutMount(path);
        Create(bundle).Fails("/dev");
    });

    /// <summary>A file system is mounted on the link: refused, or mounted inside of the root.</summary>
    [RootTheory]
    [OpenAt2Data]
    public void A_mount_on_a_dev_that_is_a_link_does_not_reach_the_host(OpenAt2 openAt2) => ForEachLink(openAt2, (bundle, link) => Create(bundle));

    [RootTheory]
    [OpenAt2Data]
    public void A_mount_below_a_dev_that_is_a_link_does_not_reach_the_host(OpenAt2 openAt2) => ForEachLink(openAt2, (bundle, link) => Create(bundle.WithoutMount("/dev")));

    [RootTheory]
    [OpenAt2Data]
    public void A_device_of_the_configuration_below_a_link_does_not_reach_the_host(OpenAt2 openAt2) => ForEachLink(openAt2, (bundle, link) =>
    {
        Files.TrySymlink(link, bundle.Rootfs + "/devices").ThrowIfError("symlink");
        bundle.AddJson("linux.devices", """{"path": "/devices/made", "type": "c", "major": 1, "minor": 3}""");
        bundle.AddJson("linux.devices", """{"path": "/devices/null", "type": "c", "major": 1, "minor": 3, "uid": 1000, "gid": 1000}""");
        Create(bundle);
    });

    private void ForEachLink(OpenAt2 openAt2, Action<BundleBuilder, string> attack)
    {
        foreach (string link in (string[])[host, "../../../../../../../../.." + host, "/proc/self/cwd" + host, "/proc/1/root" + host])
        {
            attack(Image(openAt2, link), link);
            Assert.Equal(before, Contents());
            runtime!.Dispose();
            runtime = null;
        }
    }

    private CommandResult Create(BundleBuilder bundle)
    {
        using ConsoleSocket console = new(runtime!.WorkDirectory);
        CommandResult result = runtime.Container(bundle).TryCreate("--console-socket", console.SocketPath);
        if (result.ExitCode == 0) console.ReceiveTerminal().Dispose();
        return result;
    }

    /// <summary>A container with a terminal, so that <c>/dev/console</c> is made too.</summary>
    private BundleBuilder Image(OpenAt2 openAt2, string link)
    {
        runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot().Set("process.terminal", true);
        Directory.Delete(bundle.Rootfs + "/dev");
        Files.TrySymlink(link, bundle.Rootfs + "/dev").ThrowIfError("symlink");
        return bundle;
    }

    /// <summary>Names, owners, types, devices and texts of what is on the host, and what is mounted there.</summary>
    private string Contents()
    {
        string mounts = string.Join('\n', MountEntry.ReadAll().Where(m => m.Target.StartsWith(host, StringComparison.Ordinal)));
        return mounts + ChildProcess.Run(["sh", "-c", $"cd {host} && find . -printf '%p %y %u %g %m %D %s\\n' | sort && find . -type f -exec cat {{}} +"]).Succeeds().Stdout;
    }
}
