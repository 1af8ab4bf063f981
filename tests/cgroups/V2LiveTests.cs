using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>Limits of cgroup v2 that the kernel really enforces, each provoked by a process in the group.</summary>
public class V2LiveTests
{
    [CgroupV2Fact]
    public void A_new_group_has_the_controllers_and_is_removed()
    {
        string directory;
        using (LiveCgroup live = new())
        {
            Assert.Equal(CgroupMode.V2, live.Group.Mode);
            directory = Assert.Single(live.Group.Directories).Directory;
            Assert.Equal(File.ReadAllText("/sys/fs/cgroup/cgroup.controllers"), File.ReadAllText(directory + "/cgroup.controllers"));
        }
        Assert.False(Directory.Exists(directory));
    }

    [CgroupV2Fact]
    public void A_process_that_exceeds_the_memory_limit_is_killed_and_counted()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 16 << 20, Swap = 16 << 20 } });
        using OomEvents events = live.Group.OpenOomEvents();
        Assert.Equal(OomNotice.None, events.Read());
        Process other = live.Run("while :; do sleep 1; done");
        (int code, _) = live.RunToEnd("exec python3 -c 'x = bytearray(64 << 20)'");
        Assert.Equal(128 + Signals.SIGKILL, code);
        Assert.Equal(1, live.Group.OomKillCount());
        Assert.Equal(OomNotice.OutOfMemory, events.Read());
        Assert.Equal(OomNotice.None, events.Read());
        live.Group.KillAll(Signals.SIGKILL);
        other.WaitForExit();
        LiveCgroup.Until(() => events.Read() == OomNotice.Removed, "the last process ended");
    }

    [CgroupV2Fact]
    public void A_fork_above_the_pids_limit_is_refused()
    {
        using LiveCgroup live = new(new LinuxResources { Pids = new PidsResources { Limit = 1 } });
        (int code, string output) = live.RunToEnd("/bin/true; echo forked");
        Assert.NotEqual(0, code);
        Assert.DoesNotContain("forked", output, StringComparison.Ordinal);
    }

    [CgroupV2Fact]
    public void A_cpu_quota_throttles()
    {
        using LiveCgroup live = new(new LinuxResources { Cpu = new CpuResources { Quota = 2_000, Period = 20_000, Shares = 512 } });
        Assert.Equal("2000 20000", live.Read("cpu", "cpu.max"));
        Assert.Equal("59", live.Read("cpu", "cpu.weight"));
        live.Run("while :; do :; done");
        LiveCgroup.Until(() => live.Group.ReadStats().Cpu is { ThrottledPeriods: > 3, ThrottledNanoseconds: > 0 }, "throttled periods and time");
    }

    [CgroupV2Fact]
    public void The_period_alone_keeps_the_quota()
    {
        using LiveCgroup live = new(new LinuxResources { Cpu = new CpuResources { Quota = 20_000, Period = 50_000 } });
        live.Group.Update(new LinuxResources { Cpu = new CpuResources { Period = 40_000 } });
        Assert.Equal("20000 40000", live.Read("cpu", "cpu.max"));
        live.Group.Update(new LinuxResources { Cpu = new CpuResources { Quota = -1 } });
        Assert.Equal("max 40000", live.Read("cpu", "cpu.max"));
    }

    [CgroupV2Fact]
    public void Devices_that_no_rule_allows_cannot_be_opened()
    {
        using LiveCgroup live = new(new LinuxResources { Devices = [new DeviceRule { Allow = false }] });
        (_, string output) = live.RunToEnd("""
            d=/run/keelson-kmsg; mknod $d c 1 11 && echo made
            (: < $d) 2> /dev/null && echo opened; rm -f $d; : < /dev/zero && echo zero
            """);
        Assert.Equal("made\nzero\n", output);
    }

    [CgroupV2Fact]
    public void Devices_can_be_allowed_and_denied_while_the_group_is_in_use()
    {
        using LiveCgroup live = new(new LinuxResources { Devices = [new DeviceRule { Allow = false }] });
        Assert.NotEqual(0, live.RunToEnd(": < /dev/kmsg").Code);
        live.Group.ApplyDevices([new DeviceRule { Allow = false }, new DeviceRule { Allow = true, Type = DeviceKind.Char, Major = 1, Minor = 11, Access = DeviceAccess.Read }]);
        Assert.Equal(0, live.RunToEnd(": < /dev/kmsg").Code);
        Assert.NotEqual(0, live.RunToEnd(": >> /dev/kmsg").Code);
        live.Group.ApplyDevices([new DeviceRule { Allow = true }]);
        Assert.Equal(0, live.RunToEnd(": >> /dev/kmsg").Code);
        live.Group.ApplyDevices([new DeviceRule { Allow = false }]);
        Assert.NotEqual(0, live.RunToEnd(": < /dev/kmsg").Code);
        Assert.Equal(0, live.RunToEnd(": < /dev/null").Code);
        Assert.Equal(1, AttachedPrograms(live));
    }

    [CgroupV2Fact]
    public void A_later_rule_makes_a_hole_in_a_wider_one()
    {
        DeviceRule[] rules =
        [
            new() { Allow = true, Type = DeviceKind.Char, Access = DeviceAccess.All },
            new() { Allow = false, Type = DeviceKind.Char, Major = 1, Minor = 11, Access = DeviceAccess.Write },
        ];
        using LiveCgroup live = new(new LinuxResources { Devices = rules });
        Assert.Equal(0, live.RunToEnd(": < /dev/kmsg").Code);
        Assert.NotEqual(0, live.RunToEnd(": >> /dev/kmsg").Code);
    }

    [CgroupV2Fact]
    public void Several_programs_are_replaced_by_one()
    {
        using LiveCgroup live = new(new LinuxResources { Devices = [new DeviceRule { Allow = false }] });
        using (FdHandle target = Files.Open(live.Directory(""), OpenFlags.O_RDONLY))
        {
            // The program of somebody else, such as systemd: r0 = 1; exit.
            Bpf.TryLoad(Bpf.BPF_PROG_TYPE_CGROUP_DEVICE, [new(0xb4, 0, 0, 1), new(0x95, 0, 0, 0)], "other", out FdHandle? other, out _).ThrowIfError("load");
            using (other) Bpf.TryAttach(target.Fd, other!.Fd, Bpf.BPF_CGROUP_DEVICE, Bpf.BPF_F_ALLOW_MULTI).ThrowIfError("attach");
        }
        Assert.Equal(2, AttachedPrograms(live));
        live.Group.ApplyDevices([new DeviceRule { Allow = true }]);
        Assert.Equal(1, AttachedPrograms(live));
        Assert.Equal(0, live.RunToEnd(": < /dev/kmsg").Code);
    }

    [CgroupV2Fact]
    public void A_refused_program_comes_with_the_words_of_the_verifier()
    {
        Errno errno = Bpf.TryLoad(Bpf.BPF_PROG_TYPE_CGROUP_DEVICE, [new(0x95, 0, 0, 0)], "broken", out _, out string log);
        Assert.Equal(Errno.EACCES, errno);
        Assert.Contains("R0 !read_ok", log, StringComparison.Ordinal);
    }

    [CgroupV2Fact]
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

    [CgroupV2Fact]
    public void A_frozen_group_can_be_killed()
    {
        using LiveCgroup live = new();
        Process child = live.Run("while :; do sleep 1; done");
        live.Group.Freeze();
        live.Group.KillAll(Signals.SIGKILL);
        child.WaitForExit();
        LiveCgroup.Until(() => live.Group.ProcessIds().Length == 0, "no process is left");
    }

    [CgroupV2Fact]
    public void Processes_that_fork_all_the_time_cannot_escape_a_kill()
    {
        using LiveCgroup live = new(new LinuxResources { Pids = new PidsResources { Limit = 400 } });
        live.Run("for i in 1 2 3 4 5; do (while :; do sleep 0.01 & sleep 0.01; done) & done; wait");
        LiveCgroup.Until(() => live.Group.ProcessIds().Length > 10, "many processes");
        live.Group.KillAll(Signals.SIGKILL);
        LiveCgroup.Until(() => live.Group.ProcessIds().Length == 0, "no process is left");
    }

    [CgroupV2Fact]
    public void A_signal_reaches_every_process_and_leaves_the_group_thawed()
    {
        using LiveCgroup live = new();
        Process child = live.Run("trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done");
        Assert.Equal("ready", child.StandardOutput.ReadLine());
        live.Group.KillAll(Signals.SIGTERM);
        child.WaitForExit();
        Assert.Equal(7, child.ExitCode);
        Assert.False(live.Group.IsFrozen);
    }

    [CgroupV2Fact]
    public void Statistics_count_memory_tasks_and_time()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 256 << 20 }, Pids = new PidsResources { Limit = 77 } });
        Process child = live.Run("exec python3 -c 'import sys; x = bytearray(32 << 20); print(1, flush=True); sys.stdin.readline()'");
        child.StandardOutput.ReadLine();
        CgroupStats stats = live.Group.ReadStats();
        Assert.InRange(stats.Memory.Usage.Usage, 32ul << 20, 256ul << 20);
        Assert.Equal(256ul << 20, stats.Memory.Usage.Limit);
        Assert.True(stats.Memory.Raw["anon"] >= 32ul << 20);
        Assert.Equal(1ul, stats.Pids.Current);
        Assert.Equal(77ul, stats.Pids.Limit);
        Assert.True(stats.Cpu.TotalNanoseconds > 0);
        Assert.Equal([child.Id], live.Group.ProcessIds());
    }

    [CgroupV2Fact]
    public void Swap_is_what_memory_and_swap_together_leave_to_it()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 64 << 20, Swap = 96 << 20, Reservation = 32 << 20 } });
        Assert.Equal((32 << 20).ToString(), live.Read("memory", "memory.swap.max"));
        Assert.Equal((64 << 20).ToString(), live.Read("memory", "memory.max"));
        Assert.Equal((32 << 20).ToString(), live.Read("memory", "memory.low"));
        live.Group.Update(new LinuxResources { Memory = new MemoryResources { Swap = 64 << 20 } });
        Assert.Equal("0", live.Read("memory", "memory.swap.max"));
        live.Group.Update(new LinuxResources { Memory = new MemoryResources { Limit = -1 } });
        Assert.Equal("max", live.Read("memory", "memory.max"));
        Assert.Equal("max", live.Read("memory", "memory.swap.max"));
    }

    [CgroupV2Fact]
    public void Unified_values_are_written_last_and_checked()
    {
        using LiveCgroup live = new(new LinuxResources { Memory = new MemoryResources { Limit = 64 << 20 }, Unified = { ["memory.high"] = "33554432", ["pids.max"] = "9" } });
        Assert.Equal("33554432", live.Read("memory", "memory.high"));
        Assert.Equal("9", live.Read("pids", "pids.max"));
        Assert.Equal("unified '../x.y': must be the name of a file, CONTROLLER.PARAMETER",
            Assert.Throws<KeelsonException>(() => live.Group.Update(new LinuxResources { Unified = { ["../x.y"] = "1" } })).Message);
        Assert.Contains("has no nothing controller",
            Assert.Throws<KeelsonException>(() => live.Group.Update(new LinuxResources { Unified = { ["nothing.max"] = "1" } })).Message, StringComparison.Ordinal);
        LinuxException wrong = Assert.Throws<LinuxException>(() => live.Group.Update(new LinuxResources { Unified = { ["memory.high"] = "many" } }));
        Assert.EndsWith("(value many): EINVAL (invalid argument)", wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("write memory.high of /sys/fs/cgroup/keelson-test", wrong.Message, StringComparison.Ordinal);
    }

    [CgroupV2Fact]
    public void A_limit_without_its_controller_names_the_property()
    {
        Assert.SkipWhen(File.ReadAllText("/sys/fs/cgroup/cgroup.controllers").Contains("hugetlb", StringComparison.Ordinal), "needs no hugetlb controller");
        KeelsonException e = Assert.Throws<KeelsonException>(() => new LiveCgroup(new LinuxResources { HugepageLimits = [new HugepageLimit { PageSize = "2MB", Limit = 0 }] }));
        Assert.Equal(ErrorKind.Unsupported, e.Kind);
        Assert.StartsWith("set hugepageLimits: the cgroup /sys/fs/cgroup/keelson", e.Message, StringComparison.Ordinal);
    }

    [CgroupV2Fact]
    public void The_owner_gets_the_files_that_the_kernel_delegates_and_no_others()
    {
        using LiveCgroup live = new(null, new CgroupOptions { OwnerUid = 4711 });
        foreach (string name in (string[])["", "/cgroup.procs", "/cgroup.subtree_control", "/cgroup.threads"])
        {
            Files.TryStatus(live.Directory("") + name, out FileStatus status);
            Assert.Equal(4711u, status.Uid);
            Assert.Equal(0u, status.Gid);
        }
        Files.TryStatus(live.Directory("") + "/memory.max", out FileStatus other);
        Assert.Equal(0u, other.Uid);
    }

    [CgroupV2Fact]
    public void Below_a_threaded_group_only_threaded_controllers_can_be_had()
    {
        string parent = $"/{TestDirectory.Name}-threaded";
        Directory.CreateDirectory("/sys/fs/cgroup" + parent);
        File.WriteAllText($"/sys/fs/cgroup{parent}/cgroup.type", "threaded");
        try
        {
            CgroupLayout layout = CgroupLayout.Detect();
            Assert.Throws<KeelsonException>(() =>
                Cgroup.Create(layout, CgroupPath.Parse(parent + "/c"), new LinuxResources { Memory = new MemoryResources { Limit = 1 << 30 } }, new CgroupOptions()));
            Cgroup group = Cgroup.Create(layout, CgroupPath.Parse(parent + "/c"), new LinuxResources { Pids = new PidsResources { Limit = 5 } }, new CgroupOptions());
            Assert.Equal("threaded\n", File.ReadAllText($"/sys/fs/cgroup{parent}/c/cgroup.type"));
            group.Remove();
        }
        finally
        {
            Files.TryRemoveDirectory("/sys/fs/cgroup" + parent);
        }
    }

    [CgroupV2Fact]
    public void A_relative_path_lies_beside_the_group_of_the_caller()
    {
        using LiveCgroup above = new();
        string own = above.Directory("");
        File.WriteAllText(own + "/cgroup.subtree_control", "+memory");
        Directory.CreateDirectory(own + "/shell");
        File.WriteAllText(own + "/shell/cgroup.procs", Environment.ProcessId.ToString());
        try
        {
            Cgroup group = Cgroup.Create(CgroupLayout.Detect(), CgroupPath.For(null, "box"), null, new CgroupOptions());
            Assert.Equal(own + "/box", Assert.Single(group.Directories).Directory);
            group.Remove();
        }
        finally
        {
            File.WriteAllText("/sys/fs/cgroup/cgroup.procs", Environment.ProcessId.ToString());
        }
    }

    [CgroupV2Fact]
    public void Removing_takes_children_along()
    {
        LiveCgroup live = new();
        string directory = live.Directory("");
        Directory.CreateDirectory(directory + "/inner/most");
        live.Run("exec sleep 1000");
        live.Group.Attach(live.Group.ProcessIds()[0], "inner/most");
        Assert.NotEmpty(live.Group.ProcessIds());
        Assert.Empty(live.Group.ProcessIds(recursive: false));
        live.Dispose();
        Assert.False(Directory.Exists(directory));
    }

    private static int AttachedPrograms(LiveCgroup live)
    {
        using FdHandle target = Files.Open(live.Directory(""), OpenFlags.O_RDONLY);
        Bpf.TryQuery(target.Fd, Bpf.BPF_CGROUP_DEVICE, stackalloc uint[8], out int count).ThrowIfError("query");
        return count;
    }
}
