using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>
/// Attack 4: <c>/proc</c> or <c>/sys</c> of the image is a link, or a volume is to lie over <c>/proc</c>: refused (CVE-2019-16884, CVE-2019-19921,
/// CVE-2023-27561, CVE-2023-28642). With openat2 denied as well: attack 18.
/// </summary>
public sealed class ReplacedProcTests
{
    private static readonly string[] PrivateMounts = ["unshare", "--mount", "--propagation", "private", "sh", "-ec"];

    [RootFact]
    public void A_mount_that_follows_the_image_s_links_is_led_elsewhere_and_over_proc()
    {
        using RuntimeUnderTest runtime = new();
        BundleBuilder bundle = Image(runtime, "sys", Directory.CreateDirectory(runtime.WorkDirectory + "/outside").FullName);
        Link("proc", bundle.Rootfs + "/data");
        string script = """
            mount -t sysfs sysfs $0/rootfs/sys; ls $0/../outside
            mount -t proc proc $0/rootfs/proc; mount --bind $1 $0/rootfs/data; ls $0/rootfs/proc
            """;
        string[] seen = ChildProcess.Run([.. PrivateMounts, script, bundle.Directory, Volume(runtime)]).Succeeds().Lines;
        Assert.Contains("kernel", seen);
        Assert.Equal("self", seen[^1]);
    }

    [RootTheory]
    [InlineData("proc", OpenAt2.Allowed)]
    [InlineData("proc", OpenAt2.Missing)]
    [InlineData("sys", OpenAt2.Allowed)]
    [InlineData("sys", OpenAt2.Missing)]
    public void A_link_in_the_image_in_place_of_proc_or_sys_is_refused(string name, OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        string volume = Volume(runtime);
        Assert.All(["tmp", "/tmp", "/vol", "/vol/self", "."], goal =>
            runtime.RunBundle(Image(runtime, name, goal).With(c => c["mounts"]!.AsArray().Insert(0, VolumeMount(volume)))).Fails("/" + name, "ELOOP"));
    }

    /// <summary>A rootless configuration binds those of the host.</summary>
    [RootTheory]
    [InlineData("proc", OpenAt2.Allowed)]
    [InlineData("proc", OpenAt2.Missing)]
    [InlineData("sys", OpenAt2.Allowed)]
    [InlineData("sys", OpenAt2.Missing)]
    public void A_link_in_the_image_is_refused_where_proc_or_sys_is_bound(string name, OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = Image(runtime, name, "tmp").WithoutMount("/" + name).Mount("/" + name, "bind", "/" + name, "rbind", "ro").WithoutMount("/sys/fs/cgroup");
        runtime.RunBundle(bundle).Fails("/" + name, "ELOOP");
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_volume_over_proc_or_in_it_is_refused(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        string volume = Volume(runtime);
        string[] directories = ["/proc", "/proc/", "//proc", "/./proc", "/tmp/../proc", "/../proc", "proc", "/proc/self", "/proc/self/attr", "/proc/1", "/proc/sys", "/proc/sys/../self"];
        Assert.All(directories, place => runtime.RunBundle(runtime.Bundle("true").Mount(place, "bind", volume, "bind")).Fails("mount", "proc"));
        Assert.All(directories, place => runtime.RunBundle(runtime.Bundle("true").Mount(place, "tmpfs", "tmpfs")).Fails("mount", "proc"));
        string[] files = ["/proc/self/attr/exec", "/proc/self/oom_score_adj", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"];
        Assert.All(files, place => runtime.RunBundle(runtime.Bundle("true").Mount(place, "bind", volume + "/self", "bind")).Fails("mount", place));
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_link_of_the_image_leads_no_volume_over_proc(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        string volume = Volume(runtime);
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot().Mount("/data", "bind", volume, "bind");
        Assert.All(["/proc", "proc", "../../proc", "/proc/self", "/proc/thread-self/attr", "/proc/sys/kernel", "/proc/self/root/proc"], goal =>
        {
            Link(goal, bundle.Rootfs + "/data");
            runtime.RunBundle(bundle).Fails("/data");
        });
        Link("/proc/sys/kernel/core_pattern", bundle.Rootfs + "/data");
        runtime.RunBundle(bundle.WithoutMount("/data").Mount("/data", "bind", volume + "/self", "bind")).Fails("/data");
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_link_in_a_volume_leads_no_other_mount_over_proc(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        string volume = Volume(runtime);
        Link("/proc", volume + "/in");
        runtime.RunBundle(runtime.Bundle("true").WritableRoot().Mount("/mnt", "bind", volume, "bind").Mount("/mnt/in", "tmpfs", "tmpfs")).Fails("/mnt/in");
        runtime.RunBundle(runtime.Bundle("true").WritableRoot().Mount("/mnt", "bind", volume, "bind").Mount("/mnt/in/sys", "tmpfs", "tmpfs")).Fails("/mnt/in/sys");
    }

    [RootTheory]
    [OpenAt2Data]
    public void A_running_container_leads_no_added_mount_over_its_proc(OpenAt2 openAt2)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        TestContainer container = runtime.Start(runtime.Bundle("sleep", "1000").WritableRoot());
        string before = container.Exec("cat", "/proc/1/mountinfo").Succeeds().Stdout;
        foreach (string goal in (string[])["/proc", "/proc/self", "/proc/sys/net"])
        {
            container.Exec("ln", "-sfn", goal, "/data").Succeeds();
            Add(runtime, container, "/data").Fails("/data");
        }
        Add(runtime, container, "/proc/sys/net").Fails("/proc/sys/net");
        Assert.Equal(before, container.Exec("cat", "/proc/1/mountinfo").Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData(OpenAt2.Allowed, 40)]
    [InlineData(OpenAt2.Missing, 40)]
    [InlineData(OpenAt2.Allowed, 10_000, Traits = ["suite", "soak"])]
    [InlineData(OpenAt2.Missing, 10_000, Traits = ["suite", "soak"])]
    public void A_running_container_that_swaps_links_leads_no_added_mount_over_its_proc(OpenAt2 openAt2, int times)
    {
        using RuntimeUnderTest runtime = AttackRuntime.Make(openAt2);
        BundleBuilder bundle = runtime.Bundle().WritableRoot();
        Directory.CreateDirectory(bundle.Rootfs + "/data/sys");
        Link("/proc", bundle.Rootfs + "/data.link");
        TestContainer container = runtime.Start(bundle.Args(AttackProgram.InstallIn(bundle, "race"), "/data", "/data.link"));
        container.WaitForOutput("racing");
        string[] before = MountsInProc(container);
        int added = 0;
        for (int i = 0; i < times; i++)
        {
            CommandResult result = Add(runtime, container, "/data/sys");
            if (result.ExitCode == 0) added++;
            else result.Fails("/data/sys");
        }
        Assert.Equal(before, MountsInProc(container));
        Assert.InRange(added, 1, times - 1);
    }

    [RootFact]
    public void The_host_s_procfs_elsewhere_in_the_container_may_be_mounted_on()
    {
        using RuntimeUnderTest runtime = new();
        BundleBuilder bundle = runtime.Bundle("ls", "/mnt/sys").Mount("/mnt", "bind", "/proc", "rbind").Mount("/mnt/sys", "bind", Volume(runtime), "bind");
        Assert.Equal("self\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    private static string[] MountsInProc(TestContainer container) =>
        [.. MountEntry.Parse(File.ReadAllText($"/proc/{container.Pid}/mountinfo")).Select(m => m.Target).Where(t => t.StartsWith("/proc", StringComparison.Ordinal))];

    private static CommandResult Add(RuntimeUnderTest runtime, TestContainer container, string destination)
    {
        string file = runtime.WorkDirectory + "/mounts.json";
        File.WriteAllText(file, $$"""[{"destination": "{{destination}}", "type": "bind", "source": "{{Volume(runtime)}}", "options": ["bind"]}]""");
        return runtime.Run("mounts", "add", container.Id, file);
    }

    /// <summary>A bundle whose image has a link at a name of its root.</summary>
    private static BundleBuilder Image(RuntimeUnderTest runtime, string name, string goal)
    {
        BundleBuilder bundle = runtime.Bundle("true").WritableRoot();
        Directory.Delete(bundle.Rootfs + "/" + name);
        Link(goal, bundle.Rootfs + "/" + name);
        return bundle;
    }

    /// <summary>A directory of the host with a file <c>self</c> in it.</summary>
    private static string Volume(RuntimeUnderTest runtime)
    {
        string volume = Directory.CreateDirectory(runtime.WorkDirectory + "/volume").FullName;
        File.WriteAllText(volume + "/self", "not a link of procfs");
        return volume;
    }

    private static System.Text.Json.Nodes.JsonNode VolumeMount(string volume) =>
        System.Text.Json.Nodes.JsonNode.Parse($$"""{"destination": "/vol", "type": "bind", "source": "{{volume}}", "options": ["bind"]}""")!;

    private static void Link(string goal, string path)
    {
        File.Delete(path);
        Files.TrySymlink(goal, path).ThrowIfError("symlink", path);
    }
}
