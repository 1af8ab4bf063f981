using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>Limits of cgroup v1 that the kernel really enforces, each provoked by a process in the group.</summary>
public class V1LiveTests
{
    [CgroupV1Fact]
    public void A_new_group_is_in_every_hierarchy_and_is_removed_from_all()
    {
        string[] directories;
        using (LiveCgroup live = new())
        {
            directories = [.. live.Group.Directories.Select(d => d.Directory)];
            Assert.All(directories, d => Assert.True(Directory.Exists(d)));
        }
        Assert.All(directories, d => Assert.False(Directory.Exists(d)));
    }

    [CgroupV1Fact]
    public void A_process_that_exceeds_the_memory_limit_is_killed_and_counted()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 16 << 20, Swap = 16 << 20 } });
        using OomEvents events = live.Group.OpenOomEvents();
        (int code, _) = live.RunToEnd("exec python3 -c 'x = bytearray(64 << 20)'");
        Assert.Equal(128 + Signals.SIGKILL, code);
        Assert.Equal(1, live.Group.OomKillCount());
        Assert.Equal(OomNotice.OutOfMemory, events.Read());
        Assert.Equal(OomNotice.None, events.Read());
    }

    [CgroupV1Fact]
    public void A_fork_above_the_pids_limit_is_refused()
    {
        using LiveCgroup live = new(new LinuxResources { Pids = new PidsResources { Limit = 1 } });
        (int code, string output) = live.RunToEnd("/bin/true; echo forked");
        Assert.NotEqual(0, code);
        Assert.Contains("fork", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("forked", output, StringComparison.Ordinal);
    }

    [CgroupV1Fact]
    public void A_pids_limit_of_0_lets_nothing_fork()
    {
        using LiveCgroup live = new(new LinuxResources { Pids = new PidsResources { Limit = 0 } });
        Assert.Equal("0", live.Read("pids", "pids.max"));
        Assert.NotEqual(0, live.RunToEnd("/bin/true; echo forked").Code);
    }

    [CgroupV1Fact]
    public void A_cpu_quota_throttles()
    {
        using LiveCgroup live = new(new LinuxResources { Cpu = new CpuResources { Quota = 2_000, Period = 20_000 } });
        live.Run("while :; do :; done");
        // The kernel counts the time of a pause at its end.
        LiveCgroup.Until(() => live.Group.ReadStats().Cpu is { ThrottledPeriods: > 3, ThrottledNanoseconds: > 0 }, "throttled periods and time");
    }

    [CgroupV1Fact]
    public void Devices_that_no_rule_allows_cannot_be_opened()
    {
        // /dev/kmsg is 1:11; null and zero are default devices.
        using LiveCgroup live = new(new LinuxResources { Devices = [new DeviceRule { Allow = false }] });
        (_, string output) = live.RunToEnd("""
            d=$(mktemp -u /dev/shm/keelson-kmsg.XXXXXX); mknod $d c 1 11 && echo made
            (: < $d) 2> /dev/null && echo opened; rm -f $d; : < /dev/zero && echo zero
            """);
        Assert.Equal("made\nzero\n", output);
    }

    [CgroupV1Fact]
    public void Devices_can_be_allowed_and_denied_while_the_group_is_in_use()
    {
        using LiveCgroup live = new(new LinuxResources { Devices = [new DeviceRule { Allow = false }] });
        Assert.NotEqual(0, live.RunToEnd(": < /dev/kmsg").Code);
        live.Group.ApplyDevices([new DeviceRule { Allow = false }, new DeviceRule { Allow = true, Type = DeviceKind.Char, Major = 1, Minor = 11, Access = DeviceAccess.Read }]);
        Assert.Equal(0, live.RunToEnd(": < /dev/kmsg").Code);
        Assert.NotEqual(0, live.RunToEnd(": >> /dev/kmsg").Code);
        live.Group.ApplyDevices([new DeviceRule { Allow = true }]);
        Assert.Equal("a *:* rwm", live.Read("devices", "devices.list"));
        live.Group.ApplyDevices([new DeviceRule { Allow = false }]);
        Assert.NotEqual(0, live.RunToEnd(": < /dev/kmsg").Code);
        Assert.Equal(0, live.RunToEnd(": < /dev/null").Code);
    }

    [CgroupV1Fact]
    public void A_frozen_process_stands_still_and_goes_on_when_thawed()
    {
        using LiveCgroup live = new();
        Process child = live.Run("while :; do :; done");
        live.Group.Freeze();
        Assert.True(live.Group.IsFrozen);
        ulong before = live.Group.ReadStats().Cpu.TotalNanoseconds;
        Clock.Pause(50_000);
        Assert.Equal(before, live.Group.ReadStats().Cpu.TotalNanoseconds);
        live.Group.Thaw();
        Assert.False(live.Group.IsFrozen);
        LiveCgroup.Until(() => live.Group.ReadStats().Cpu.TotalNanoseconds > before, "the process goes on");
        Assert.False(child.HasExited);
    }

    [CgroupV1Fact]
    public void A_frozen_group_can_be_killed()
    {
        using LiveCgroup live = new();
        Process child = live.Run("while :; do sleep 1; done");
        live.Group.Freeze();
        live.Group.KillAll(Signals.SIGKILL);
        child.WaitForExit();
        LiveCgroup.Until(() => live.Group.ProcessIds().Length == 0, "no process is left");
    }

    [CgroupV1Fact]
    public void Processes_that_fork_all_the_time_cannot_escape_a_kill()
    {
        using LiveCgroup live = new(new LinuxResources { Pids = new PidsResources { Limit = 400 } });
        live.Run("for i in 1 2 3 4 5; do (while :; do sleep 0.01 & sleep 0.01; done) & done; wait");
        LiveCgroup.Until(() => live.Group.ProcessIds().Length > 10, "many processes");
        live.Group.KillAll(Signals.SIGKILL);
        LiveCgroup.Until(() => live.Group.ProcessIds().Length == 0, "no process is left");
    }

    [CgroupV1Fact]
    public void Statistics_count_memory_tasks_and_time()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 256 << 20 }, Pids = new PidsResources { Limit = 77 } });
        Process child = live.Run("exec python3 -c 'import sys; x = bytearray(32 << 20); print(1, flush=True); sys.stdin.readline()'");
        child.StandardOutput.ReadLine();
        CgroupStats stats = live.Group.ReadStats();
        Assert.InRange(stats.Memory.Usage.Usage, 32ul << 20, 256ul << 20);
        Assert.Equal(256ul << 20, stats.Memory.Usage.Limit);
        Assert.True(stats.Memory.Raw["rss"] >= 32ul << 20);
        Assert.Equal(1ul, stats.Pids.Current);
        Assert.Equal(77ul, stats.Pids.Limit);
        Assert.True(stats.Cpu.TotalNanoseconds > 0);
        Assert.Equal(Environment.ProcessorCount, stats.Cpu.PerCpu.Length);
        Assert.Equal(stats.Cpu.TotalNanoseconds, stats.Cpu.PerCpu.Aggregate((a, b) => a + b));
        Assert.Equal([child.Id], live.Group.ProcessIds());
    }

    [CgroupV1Fact]
    public void A_process_moves_itself_by_writing_0_into_the_join_files()
    {
        using LiveCgroup live = new();
        IReadOnlyList<FdHandle> files = live.Group.OpenJoinFiles();
        try
        {
            Assert.Equal(live.Group.Directories.Count, files.Count);
            string paths = string.Join(' ', files.Select(f => File.ResolveLinkTarget(f.ProcPath, false)!.FullName));
            (_, string output) = new Func<(int, string)>(() =>
            {
                using Process child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"for f in {paths}; do echo 0 > $f; done; cat /proc/self/cgroup"]) { RedirectStandardOutput = true })!;
                return (0, child.StandardOutput.ReadToEnd());
            })();
            Assert.All(output.TrimEnd('\n').Split('\n'), line => Assert.EndsWith(live.Path, line, StringComparison.Ordinal));
        }
        finally
        {
            foreach (FdHandle file in files) file.Dispose();
        }
    }

    [CgroupV1Fact]
    public void A_saved_group_is_found_again()
    {
        using LiveCgroup live = new();
        Process child = live.Run("while :; do sleep 1; done");
        Cgroup found = Cgroup.Open(live.Group.Save());
        Assert.Equal(live.Group.Mode, found.Mode);
        Assert.Equal(live.Group.Directories, found.Directories);
        Assert.Contains(child.Id, found.ProcessIds());
    }

    [CgroupV1Fact]
    public void Removing_waits_for_processes_and_takes_children_along()
    {
        LiveCgroup live = new();
        foreach ((string controllers, string directory) in live.Group.Directories)
        {
            Directory.CreateDirectory(directory + "/inner/most");
            if (controllers != "cpuset") continue;
            foreach (string inner in (string[])["/inner", "/inner/most"])
                foreach (string file in (string[])["/cpuset.cpus", "/cpuset.mems"])
                    File.WriteAllText(directory + inner + file, File.ReadAllText(directory + file));
        }
        live.Run("exec sleep 1000");
        live.Group.Attach(live.Group.ProcessIds()[0], "inner/most");
        Assert.NotEmpty(live.Group.ProcessIds());
        Assert.Empty(live.Group.ProcessIds(recursive: false));
        live.Dispose();
        live.Group.Remove();
        Assert.All(live.Group.Directories, d => Assert.False(Directory.Exists(d.Directory)));
    }

    [CgroupV1Fact]
    public void A_group_with_processes_in_it_is_not_taken_over()
    {
        using LiveCgroup live = new();
        live.Run("while :; do sleep 1; done");
        KeelsonException e = Assert.Throws<KeelsonException>(() => Cgroup.Create(CgroupLayout.Detect(), CgroupPath.Parse(live.Path), null, new CgroupOptions()));
        Assert.Equal(ErrorKind.FailedPrecondition, e.Kind);
        Assert.NotEmpty(live.Group.ProcessIds());
    }

    [CgroupV1Fact]
    public void A_failed_create_leaves_nothing_behind()
    {
        string path = $"/{TestDirectory.Name}-failed/a/b";
        LinuxException e = Assert.Throws<LinuxException>(() =>
            Cgroup.Create(CgroupLayout.Detect(), CgroupPath.Parse(path), new LinuxResources { Cpu = new CpuResources { Cpus = "4000" } }, new CgroupOptions()));
        Assert.StartsWith($"write cpuset.cpus of /sys/fs/cgroup/cpuset{path} (value 4000): E", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories("/sys/fs/cgroup", TestDirectory.Name + "-failed*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }));
    }

    [CgroupV1Fact]
    public void CPUs_and_memory_nodes_can_be_named_below_a_group_that_has_none()
    {
        string above = $"/{TestDirectory.Name}/empty", path = above + "/own";
        Directory.CreateDirectory("/sys/fs/cgroup/cpuset" + above);
        Cgroup group = Cgroup.Create(CgroupLayout.Detect(), CgroupPath.Parse(path), new LinuxResources { Cpu = new CpuResources { Cpus = "0", Mems = "0" } }, new CgroupOptions());
        string own = CgroupTree.Read("cpuset", path, "cpuset.cpus"), inherited = CgroupTree.Read("cpuset", above, "cpuset.cpus");
        group.Remove();
        Assert.Equal(("0", CgroupTree.Read("cpuset", "", "cpuset.cpus")), (own, inherited));
    }

    [CgroupV1Fact]
    public void Memory_limits_can_be_raised_and_lowered_whatever_they_were()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 64 << 20, Swap = 64 << 20 } });
        live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = 128 << 20, Swap = 256 << 20 } });
        Assert.Equal((128 << 20).ToString(), live.Read("memory", "memory.limit_in_bytes"));
        Assert.Equal((256 << 20).ToString(), live.Read("memory", "memory.memsw.limit_in_bytes"));
        live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = 32 << 20, Swap = 32 << 20 } });
        Assert.Equal((32 << 20).ToString(), live.Read("memory", "memory.memsw.limit_in_bytes"));
        live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = -1 } });
        Assert.Equal("9223372036854771712", live.Read("memory", "memory.memsw.limit_in_bytes"));
        Assert.Equal("9223372036854771712", live.Read("memory", "memory.limit_in_bytes"));
    }

    [CgroupV1Fact]
    public void A_memory_limit_below_what_is_in_use_is_refused_and_says_how_much_that_is()
    {
        using LiveCgroup live = new();
        Process child = live.Run("exec python3 -c 'import sys; x = bytearray(32 << 20); print(1, flush=True); sys.stdin.readline()'");
        child.StandardOutput.ReadLine();
        LinuxException e = Assert.Throws<LinuxException>(() => live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = 1 << 20 } }));
        Assert.Equal(Errno.EBUSY, e.Errno);
        Assert.Contains("(value 1048576, in use ", e.Message, StringComparison.Ordinal);
        KeelsonException checkedFirst = Assert.Throws<KeelsonException>(() =>
            live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = 1 << 20, CheckBeforeUpdate = true } }));
        Assert.Equal(ErrorKind.FailedPrecondition, checkedFirst.Kind);
        Assert.Contains("bytes are in use", checkedFirst.Message, StringComparison.Ordinal);
    }

    [CgroupV1Fact]
    public void Cpu_settings_are_written_in_an_order_that_the_kernel_accepts()
    {
        using LiveCgroup live = new(new LinuxResources { Cpu = new CpuResources { Shares = 512, Quota = 50_000, Period = 100_000, Burst = 20_000, Cpus = "0", Mems = "0" } });
        Assert.Equal("512", live.Read("cpu", "cpu.shares"));
        Assert.Equal("20000", live.Read("cpu", "cpu.cfs_burst_us"));
        live.Group.Update(new LinuxResources { Cpu = new CpuResources { Quota = 5_000, Period = 10_000, Burst = 5_000 } });
        Assert.Equal("5000", live.Read("cpu", "cpu.cfs_quota_us"));
        Assert.Equal("10000", live.Read("cpu", "cpu.cfs_period_us"));
        live.Group.Update(new LinuxResources { Cpu = new CpuResources { Quota = -1, Idle = 1 } });
        Assert.Equal("-1", live.Read("cpu", "cpu.cfs_quota_us"));
        live.Group.Update(new LinuxResources { Cpu = new CpuResources { Idle = 0, Shares = 2048 } });
        Assert.Equal("2048", live.Read("cpu", "cpu.shares"));
        Assert.Equal("0", live.Read("cpuset", "cpuset.cpus"));
    }

    [CgroupV1Fact]
    public void A_limit_without_its_controller_names_the_property()
    {
        LinuxResources resources = new() { Rdma = { ["mlx4_0"] = new RdmaLimit { HcaHandles = 2 } } };
        Assert.SkipWhen(Directory.Exists("/sys/fs/cgroup/rdma"), "needs no rdma controller");
        KeelsonException e = Assert.Throws<KeelsonException>(() => new LiveCgroup(resources));
        Assert.Equal(ErrorKind.Unsupported, e.Kind);
        Assert.StartsWith("set rdma: ", e.Message, StringComparison.Ordinal);
    }

    [CgroupV1Fact]
    public void On_a_hybrid_machine_hugepages_are_limited_in_the_v2_tree()
    {
        string tree = CgroupLayout.Detect().Unified?.MountPoint ?? "";
        Assert.SkipUnless(File.Exists(tree + "/cgroup.controllers") && File.ReadAllText(tree + "/cgroup.controllers").Contains("hugetlb", StringComparison.Ordinal),
            "needs hugetlb in a v2 tree beside v1");
        bool before = File.ReadAllText(tree + "/cgroup.subtree_control").Contains("hugetlb", StringComparison.Ordinal);
        using (LiveCgroup live = new(new LinuxResources { HugepageLimits = [new HugepageLimit { PageSize = "2MB", Limit = 4 << 20 }] }))
        {
            string directory = live.Group.Directories[^1].Directory;
            Assert.Equal("4194304\n", File.ReadAllText(directory + "/hugetlb.2MB.max"));
            Assert.True(live.Group.ReadStats().Hugepages.ContainsKey("2MB"));
        }
        // As it was, unless somebody else has come to use it.
        if (before) return;
        _ = Files.TryWriteFile($"{tree}/{TestDirectory.Name}/cgroup.subtree_control", "-hugetlb"u8);
        _ = Files.TryWriteFile(tree + "/cgroup.subtree_control", "-hugetlb"u8);
    }
}
