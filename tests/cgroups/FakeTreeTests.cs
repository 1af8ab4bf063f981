using Keelson.Linux;
using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>Updates and counters on files that stand for a machine that this one is not.</summary>
public class FakeTreeTests
{
    [Fact]
    public void Hugepages_of_a_hybrid_machine_are_limited_where_their_controller_is()
    {
        using FakeTree tree = new();
        tree.Add("memory", ("memory.limit_in_bytes", "")).Add("unified", ("cgroup.controllers", "hugetlb\n"), ("hugetlb.2MB.max", ""), ("hugetlb.2MB.rsvd.max", ""));
        tree.Open("memory:memory", ":unified").Update(new LinuxResources
        {
            Memory = new MemoryResources { Limit = 4096 }, HugepageLimits = [new HugepageLimit { PageSize = "2MB", Limit = 2 << 20 }], Unified = { ["hugetlb.2MB.max"] = "4194304" },
        });
        Assert.Equal("4096", tree["memory/memory.limit_in_bytes"]);
        Assert.Equal("4194304", tree["unified/hugetlb.2MB.max"]);
        Assert.Equal("2097152", tree["unified/hugetlb.2MB.rsvd.max"]);
    }

    [Fact]
    public void Unified_values_for_a_v1_controller_are_refused()
    {
        using FakeTree tree = new();
        Cgroup group = tree.Add("memory").Add("unified", ("cgroup.controllers", "hugetlb\n")).Open("memory:memory", ":unified");
        KeelsonException e = Assert.Throws<KeelsonException>(() => group.Update(new LinuxResources { Unified = { ["memory.high"] = "1" } }));
        Assert.Equal("unified 'memory.high': the memory controller is not in a cgroup v2 tree here", e.Message);
        Assert.Throws<KeelsonException>(() => tree.Open("memory:memory").Update(new LinuxResources { Unified = { ["memory.high"] = "1" } }));
    }

    [Fact]
    public void Weights_go_to_the_file_of_the_scheduler_that_is_there()
    {
        using FakeTree tree = new();
        tree.Add("old", ("blkio.weight", "")).Add("new", ("blkio.bfq.weight", ""), ("blkio.weight", ""));
        LinuxResources resources = new() { BlockIo = new BlockIoResources { Weight = 300 } };
        tree.Open("blkio:old").Update(resources);
        tree.Open("blkio:new").Update(resources);
        Assert.Equal("300", tree["old/blkio.weight"]);
        Assert.Equal("300", tree["new/blkio.bfq.weight"]);
        Assert.Equal("", tree["new/blkio.weight"]);
    }

    [Fact]
    public void A_missing_file_is_named_with_the_value()
    {
        using FakeTree tree = new();
        LinuxException e = Assert.Throws<LinuxException>(() => tree.Add("pids").Open("pids:pids").Update(new LinuxResources { Pids = new PidsResources { Limit = 9 } }));
        Assert.Equal($"write pids.max of {tree.Path("pids")} (value 9): ENOENT (no such file or directory)", e.Message);
    }

    [Fact]
    public void A_file_that_holds_no_number_is_named_with_its_contents()
    {
        using FakeTree tree = new();
        Cgroup group = tree.Add("pids", ("pids.current", "many\n"), ("pids.max", "max\n")).Open("pids:pids");
        KeelsonException e = Assert.Throws<KeelsonException>(() => group.ReadStats());
        Assert.Equal(ErrorKind.DataLoss, e.Kind);
        Assert.Equal($"read pids.current of {tree.Path("pids")}: 'many' is no number", e.Message);
    }

    [Fact]
    public void Swap_without_a_new_memory_limit_is_computed_from_the_present_one()
    {
        using FakeTree tree = new();
        tree.Add("v2", ("cgroup.controllers", "memory pids\n"), ("memory.max", "1000\n"), ("memory.swap.max", ""));
        tree.Open(":v2").Update(new LinuxResources { Memory = new MemoryResources { Swap = 1500 } });
        Assert.Equal("500", tree["v2/memory.swap.max"]);
    }

    [Fact]
    public void The_counters_of_v2_are_told_in_the_words_of_v1()
    {
        using FakeTree tree = new();
        tree.Add("v2", ("cpu.stat", "usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 2\nthrottled_usec 7\n"),
            ("cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.01 total=99\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"),
            ("memory.stat", "anon 100\nfile 200\n"), ("memory.current", "300\n"), ("memory.max", "1000\n"), ("memory.peak", "400\n"),
            ("memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 3\n"), ("memory.swap.current", "10\n"), ("memory.swap.max", "max\n"),
            ("pids.current", "2\n"), ("pids.max", "max\n"), ("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n8:16 rbytes=7\n"),
            ("rdma.current", "mlx4_0 hca_handle=2 hca_object=3\n"), ("rdma.max", "mlx4_0 hca_handle=9 hca_object=max\n"), ("cgroup.controllers", "memory\n"));
        Cgroup group = tree.Open(":v2");
        CgroupStats stats = group.ReadStats();
        Assert.Equal((30_000ul, 20_000ul, 10_000ul), (stats.Cpu.TotalNanoseconds, stats.Cpu.UserNanoseconds, stats.Cpu.KernelNanoseconds));
        Assert.Equal((4ul, 2ul, 7_000ul), (stats.Cpu.Periods, stats.Cpu.ThrottledPeriods, stats.Cpu.ThrottledNanoseconds));
        Assert.Equal(new PressureLine(1.5, 0.25, 0.01, 99), stats.Cpu.Pressure!.Some);
        Assert.Equal(200ul, stats.Memory.Cache);
        Assert.Equal(new MemoryCounter(1000, 300, 400, 5), stats.Memory.Usage);
        Assert.Equal(new MemoryCounter(ulong.MaxValue, 310, 0, 0), stats.Memory.Swap);
        Assert.Equal(0ul, stats.Pids.Limit);
        Assert.Equal([new(8, 0, "Read", 1), new(8, 0, "Write", 2), new(8, 16, "Read", 7)], stats.BlockIo.ServiceBytes);
        Assert.Equal([new(8, 0, "Read", 3), new(8, 0, "Write", 4)], stats.BlockIo.Serviced);
        Assert.Equal(new RdmaStats(2, 3, 9, ulong.MaxValue), stats.Rdma["mlx4_0"]);
        Assert.Equal(3, group.OomKillCount());
        Assert.Equal((1ul, 3ul), (stats.Memory.Events["oom"], stats.Memory.Events["oom_kill"]));
    }

    [Fact]
    public void Block_io_of_v1_comes_from_the_scheduler_that_counts()
    {
        using FakeTree tree = new();
        tree.Add("blkio", ("blkio.bfq.io_service_bytes_recursive", "Total 0\n"), ("blkio.throttle.io_service_bytes_recursive", "8:0 Read 10\n8:0 Total 10\nTotal 10\n"),
            ("blkio.throttle.io_serviced_recursive", "8:0 Read 1\n8:0 Total 1\nTotal 1\n"));
        BlockIoStats io = tree.Open("blkio:blkio").ReadStats().BlockIo;
        Assert.Equal([new(8, 0, "Read", 10), new(8, 0, "Total", 10)], io.ServiceBytes);
        Assert.Equal([new(8, 0, "Read", 1), new(8, 0, "Total", 1)], io.Serviced);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("cgroupfs|memory:/a|:/b")]
    public void What_is_saved_is_what_is_opened(string lines) => Assert.Equal(lines, string.Join('|', Cgroup.Open(lines.Split('|')).Save()));

    [Theory]
    [InlineData("")]
    [InlineData("cgroupfs")]
    [InlineData("other|memory:/a")]
    [InlineData("cgroupfs|memory")]
    [InlineData("cgroupfs|memory:a/b")]
    [InlineData("cgroupfs|:/b|memory:/a")]
    public void What_describes_no_group_is_refused(string lines) =>
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => Cgroup.Open(lines.Split('|'))).Kind);

    [Fact]
    public void Without_a_group_limits_are_refused_and_devices_are_passed_over()
    {
        Cgroup none = Cgroup.Open(["none"]);
        none.ApplyDevices([new DeviceRule { Allow = false }]);
        none.Update(new LinuxResources { Pids = new PidsResources { Limit = -1 } });
        KeelsonException e = Assert.Throws<KeelsonException>(() => none.Update(new LinuxResources { Pids = new PidsResources { Limit = 3 } }));
        Assert.Equal("set pids.limit: the container has no cgroup, the caller may not make one", e.Message);
    }

    [Fact]
    public void A_rootless_caller_without_rights_gets_no_group_unless_it_needs_one()
    {

        CgroupLayout layout = new([]);
        CgroupOptions rootless = new() { IsRootless = true };
        Assert.Equal(["none"], Cgroup.Create(layout, CgroupPath.For(null, "x"), null, rootless).Save());
        Assert.Throws<KeelsonException>(() => Cgroup.Create(layout, CgroupPath.For(null, "x"), new LinuxResources { Pids = new PidsResources { Limit = 3 } }, rootless));
        Assert.Throws<KeelsonException>(() => Cgroup.Create(layout, CgroupPath.For(null, "x"), null, new CgroupOptions()));
    }
}
