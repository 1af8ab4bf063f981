using Keelson.Oci;

namespace Keelson.Cgroups.Tests;

/// <summary>Which values are written to which files, in which order.</summary>
public class LimitPlanTests
{
    [Fact]
    public void V1_writes_every_kind_of_limit()
    {
        Assert.Equal("""
            memory.limit_in_bytes = 1000
            memory.memsw.limit_in_bytes = 2000
            memory.soft_limit_in_bytes = 500
            memory.oom_control = 1
            memory.swappiness = 0
            cpu.shares = 512
            cpu.rt_period_us = 1000 (AgainLater)
            cpu.rt_runtime_us = 900
            cpu.cfs_period_us = 100000 (AgainLater)
            cpu.cfs_burst_us = 1000 (AgainLater)
            cpu.cfs_quota_us = 50000 (AgainLater)
            cpuset.cpus = 0-1
            cpuset.mems = 0
            pids.max = 0
            blkio.bfq.weight = 100 (OrNext)
            blkio.weight = 100
            blkio.leaf_weight = 50
            blkio.bfq.weight_device = 8:0 200 (OrNext)
            blkio.weight_device = 8:0 200
            blkio.leaf_weight_device = 8:0 20
            blkio.throttle.read_bps_device = 8:0 1024
            blkio.throttle.write_bps_device = 8:0 0
            blkio.throttle.read_iops_device = 8:16 10
            blkio.throttle.write_iops_device = 8:16 11
            hugetlb.2MB.rsvd.limit_in_bytes = 4194304 (IgnoreMissing)
            hugetlb.2MB.limit_in_bytes = 4194304
            net_cls.classid = 1048577
            net_prio.ifpriomap = eth0 5
            rdma.max = mlx4_0 hca_handle=2 hca_object=max
            """, V1(Everything()));
    }

    [Fact]
    public void V2_writes_what_it_has_words_for()
    {
        List<string> warnings = [];
        Assert.Equal("""
            memory.swap.max = 1000
            memory.max = 1000
            memory.low = 500
            cpu.weight = 59
            cpu.max.burst = 1000 (AgainLater)
            cpu.max = 50000 100000 (AgainLater)
            cpuset.cpus = 0-1
            cpuset.mems = 0
            pids.max = 0
            io.bfq.weight = 100 (OrNext)
            io.weight = 910
            io.bfq.weight = 8:0 200 (OrNext)
            io.weight = 8:0 1920
            io.max = 8:0 rbps=1024
            io.max = 8:0 wbps=max
            io.max = 8:16 riops=10
            io.max = 8:16 wiops=11
            hugetlb.2MB.rsvd.max = 4194304 (IgnoreMissing)
            hugetlb.2MB.max = 4194304
            rdma.max = mlx4_0 hca_handle=2 hca_object=max
            """, V2(Everything(), warnings));
        Assert.Equal(["memory.swappiness", "memory.disableOOMKiller", "cpu.realtimeRuntime", "blockIO.weightDevice.leafWeight", "blockIO.leafWeight", "network.classID", "network.priorities"],
            warnings.Select(w => w.Split(' ')[0]));
    }

    [Fact]
    public void Nothing_that_is_absent_or_0_is_written()
    {
        LinuxResources empty = new()
        {
            Memory = new MemoryResources { Limit = 0, Swap = 0, Reservation = 0, DisableOomKiller = false },
            Cpu = new CpuResources { Shares = 0, Quota = 0, Period = 0, Cpus = "", Mems = "", RealtimePeriod = 0, RealtimeRuntime = 0 },
            Pids = new PidsResources(), BlockIo = new BlockIoResources { Weight = 0 }, Network = new NetworkResources { ClassId = 0 },
        };
        Assert.Equal("", V1(empty));
        Assert.Equal("", V2(empty, []));
    }

    [Fact]
    public void Minus_1_takes_a_limit_away()
    {
        LinuxResources open = new() { Memory = new MemoryResources { Limit = -1 }, Pids = new PidsResources { Limit = -1 }, Cpu = new CpuResources { Quota = -1 } };
        Assert.Equal("memory.limit_in_bytes = -1\nmemory.memsw.limit_in_bytes = -1 (IgnoreMissing)\ncpu.cfs_quota_us = -1 (AgainLater)\npids.max = max", V1(open));
        Assert.Equal("memory.swap.max = max (IgnoreMissing)\nmemory.max = max\ncpu.max = max 100000 (AgainLater)\npids.max = max", V2(open, []));
    }

    [Theory]
    [InlineData(100, 50, "set memory.swap to 50: memory and swap together cannot be smaller than memory.limit 100")]
    [InlineData(-1, 50, "set memory.swap to 50: memory.limit is unlimited")]
    public void Swap_that_contradicts_memory_is_refused(long limit, long swap, string message)
    {
        LinuxResources resources = new() { Memory = new MemoryResources { Limit = limit, Swap = swap } };
        Assert.Equal(message, Assert.Throws<KeelsonException>(() => V1(resources)).Message);
        Assert.Equal(message, Assert.Throws<KeelsonException>(() => V2(resources, [])).Message);
    }

    [Fact]
    public void V2_cannot_tell_swap_from_memory_without_a_memory_limit()
    {
        LinuxResources resources = new() { Memory = new MemoryResources { Swap = 50 } };
        Assert.Contains("memory.limit is not set", Assert.Throws<KeelsonException>(() => V2(resources, [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<KeelsonException>(() => V1(new LinuxResources { Memory = new MemoryResources { Swappiness = 101 } }));
        Assert.Throws<KeelsonException>(() => V1(new LinuxResources { Cpu = new CpuResources { Shares = 1 } }));
        Assert.Throws<KeelsonException>(() => V2(new LinuxResources { Cpu = new CpuResources { Shares = 262145 } }, []));
    }

    [Fact]
    public void An_idle_group_keeps_its_weight_and_leaves_idleness_before_it_gets_one()
    {
        Assert.Equal("cpu.idle = 1", V1(new LinuxResources { Cpu = new CpuResources { Idle = 1, Shares = 100 } }));
        Assert.Equal("cpu.idle = 0 (IgnoreMissing)\ncpu.weight = 100", V2(new LinuxResources { Cpu = new CpuResources { Idle = 0, Shares = 1024 } }, []));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1024, 100)]
    [InlineData(262144, 10000)]
    [InlineData(512, 59)]
    [InlineData(2048, 174)]
    [InlineData(3, 2)]
    public void Shares_become_a_weight(ulong shares, ulong weight) => Assert.Equal(weight, V2Limits.WeightOfShares(shares));

    [Fact]
    public void More_shares_are_never_less_weight()
    {
        ulong before = 0;
        for (ulong shares = 2; shares <= 262144; shares += 7)
        {
            ulong weight = V2Limits.WeightOfShares(shares);
            Assert.InRange(weight, Math.Max(before, 1ul), 10000ul);
            before = weight;
        }
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(1000, 10000)]
    [InlineData(500, 4950)]
    public void Block_io_weights_are_scaled(ulong weight, ulong scaled) => Assert.Equal(scaled, V2Limits.IoWeight(weight));

    [Fact]
    public void Kernel_memory_is_ignored_with_a_warning()
    {
        List<string> warnings = [];
        List<CgroupWrite> writes = [];
        V1Limits.Plan("memory", new LinuxResources { Memory = new MemoryResources { Kernel = 1000, KernelTcp = 1000 } }, null, writes, warnings.Add);
        Assert.Empty(writes);
        Assert.Equal(2, warnings.Count);
    }

    private static LinuxResources Everything() => new()
    {
        Memory = new MemoryResources { Limit = 1000, Swap = 2000, Reservation = 500, Swappiness = 0, DisableOomKiller = true },
        Cpu = new CpuResources { Shares = 512, Quota = 50000, Period = 100000, Burst = 1000, RealtimePeriod = 1000, RealtimeRuntime = 900, Cpus = "0-1", Mems = "0" },
        Pids = new PidsResources { Limit = 0 },
        BlockIo = new BlockIoResources
        {
            Weight = 100, LeafWeight = 50, WeightDevice = [new WeightDevice { Major = 8, Weight = 200, LeafWeight = 20 }],
            ThrottleReadBpsDevice = [new ThrottleDevice { Major = 8, Rate = 1024 }], ThrottleWriteBpsDevice = [new ThrottleDevice { Major = 8 }],
            ThrottleReadIopsDevice = [new ThrottleDevice { Major = 8, Minor = 16, Rate = 10 }], ThrottleWriteIopsDevice = [new ThrottleDevice { Major = 8, Minor = 16, Rate = 11 }],
        },
        HugepageLimits = [new HugepageLimit { PageSize = "2MB", Limit = 4 << 20 }],
        Network = new NetworkResources { ClassId = 0x100001, Priorities = [new InterfacePriority { Name = "eth0", Priority = 5 }] },
        Rdma = { ["mlx4_0"] = new RdmaLimit { HcaHandles = 2, HcaObjects = uint.MaxValue } },
    };

    private static string V1(LinuxResources resources)
    {
        List<CgroupWrite> writes = [];
        foreach (string controller in ResourceNeeds.Controllers) V1Limits.Plan(controller, resources, null, writes, null);
        return string.Join('\n', writes);
    }

    private static string V2(LinuxResources resources, List<string> warnings)
    {
        List<CgroupWrite> writes = [];
        foreach (string controller in ResourceNeeds.Controllers) V2Limits.Plan(controller, resources, null, writes, warnings.Add);
        return string.Join('\n', writes);
    }
}
