using System.Buffers.Text;
using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Turns limits, which the specification writes in terms of cgroup v1, into writes to control files of the cgroup v2 tree.</summary>
/// <remarks>Kernel documentation admin-guide/cgroup-v2; runtime-spec 1.3 config-linux "Control groups". What v2 has no words for is ignored with a warning, as runC.</remarks>
internal static class V2Limits
{
    /// <summary>Default of <c>cpu.max</c>, in microseconds.</summary>
    private const ulong DefaultPeriod = 100_000;

    /// <summary>The writes for one controller, in the order in which the kernel accepts them.</summary>
    /// <param name="controller">v1 name: <c>blkio</c> stands for <c>io</c>.</param>
    /// <param name="resources">The limits.</param>
    /// <param name="present">The group, when it has limits already; <see langword="null"/> when it is new and so without any.</param>
    /// <param name="writes">Takes the writes.</param>
    /// <param name="warn">Takes sentences about settings without effect.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the limits contradict each other or are out of range.</exception>
    public static void Plan(string controller, LinuxResources resources, CgroupDirectory? present, List<CgroupWrite> writes, Action<string>? warn)
    {
        switch (controller)
        {
            case "memory" when resources.Memory is { } memory:
                Memory(memory, present, writes, warn);
                break;
            case "cpu" when resources.Cpu is { } cpu:
                Cpu(cpu, present, writes, warn);
                break;
            case "cpuset" when resources.Cpu is { } cpu:
                if (!string.IsNullOrEmpty(cpu.Cpus)) writes.Add(new("cpuset", "cpuset.cpus", cpu.Cpus));
                if (!string.IsNullOrEmpty(cpu.Mems)) writes.Add(new("cpuset", "cpuset.mems", cpu.Mems));
                break;
            case "pids" when resources.Pids?.Limit is { } limit:
                writes.Add(new("pids", "pids.max", limit < 0 ? "max" : limit.ToString()));
                break;
            case "blkio" when resources.BlockIo is { } blockIo:
                BlockIo(blockIo, writes, warn);
                break;
            case "hugetlb":
                foreach (HugepageLimit page in resources.HugepageLimits)
                {
                    string value = page.Limit.ToString();
                    writes.Add(new("hugetlb", $"hugetlb.{page.PageSize}.rsvd.max", value, WriteRule.IgnoreMissing));
                    writes.Add(new("hugetlb", $"hugetlb.{page.PageSize}.max", value));
                }
                break;
            case "net_cls" when resources.Network?.ClassId > 0:
                warn?.Invoke("network.classID has no effect: cgroup v2 has no packet classes");
                break;
            case "net_prio" when resources.Network?.Priorities.Length > 0:
                warn?.Invoke("network.priorities has no effect: cgroup v2 has no packet priorities");
                break;
            case "rdma":
                V1Limits.Rdma(resources, writes);
                break;
        }
    }

    /// <summary>The weight of cgroup v2 for the shares of v1: 2 is 1, 1024 is 100, 262144 is 10000; between them a parabola through the logarithms.</summary>
    /// <remarks>
    /// <c>ceil(10 ^ ((l*l + 125*l) / 612 - 7/34))</c> with <c>l = log2(shares)</c>: the formula of runC 1.4 and crun 1.23, that keeps the default
    /// of one the default of the other. The one before it, <c>1 + (shares - 2) * 9999 / 262142</c>, made the default of 1024 shares a weight of 39.
    /// </remarks>
    public static ulong WeightOfShares(ulong shares)
    {
        if (shares <= 2) return 1;
        if (shares >= 262144) return 10000;
        double l = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
    }

    /// <summary>The <c>io.weight</c> of cgroup v2, 1 to 10000, for a v1 weight of 10 to 1000: linear, as runC documents it.</summary>
    public static ulong IoWeight(ulong weight) => weight <= 10 ? 1 : 1 + (weight - 10) * 9999 / 990;

    private static void Memory(MemoryResources memory, CgroupDirectory? present, List<CgroupWrite> writes, Action<string>? warn)
    {
        long limit = memory.Limit ?? 0, swap = memory.Swap ?? 0;
        V1Limits.CheckSwap(limit, swap);
        if (present is not null && memory.CheckBeforeUpdate == true && limit > 0 && present.ReadNumber("memory.current") is var used && used > (ulong)limit)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"set memory.limit of {present.Path} to {limit}: {used} bytes are in use");

        // v1 limits memory and swap together, v2 swap alone.
        if (swap == -1 || (limit == -1 && swap == 0))
        {
            writes.Add(new("memory", "memory.swap.max", "max", WriteRule.IgnoreMissing));
        }
        else if (swap > 0)
        {
            ulong memoryBytes = limit > 0 ? (ulong)limit : present?.ReadNumber("memory.max") ?? CgroupDirectory.Unlimited;
            if (memoryBytes == CgroupDirectory.Unlimited)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"set memory.swap to {swap}: it includes memory, and memory.limit is not set");
            if (memoryBytes > (ulong)swap)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"set memory.swap to {swap}: memory and swap together cannot be smaller than memory.limit {memoryBytes}");
            ulong only = (ulong)swap - memoryBytes;
            // A kernel without swap has no such file; no swap is what it gives.
            writes.Add(new("memory", "memory.swap.max", only.ToString(), only == 0 ? WriteRule.IgnoreMissing : WriteRule.Must));
        }
        if (limit != 0) writes.Add(new("memory", "memory.max", limit < 0 ? "max" : limit.ToString()));
        if (memory.Reservation is { } reservation and not 0) writes.Add(new("memory", "memory.low", reservation < 0 ? "max" : reservation.ToString()));

        V1Limits.WarnOfKernelMemory(memory, warn);
        if (memory.Swappiness is not null) warn?.Invoke("memory.swappiness has no effect: cgroup v2 has no such setting");
        if (memory.DisableOomKiller == true) warn?.Invoke("memory.disableOOMKiller has no effect: cgroup v2 has no such setting");
    }

    private static void Cpu(CpuResources cpu, CgroupDirectory? present, List<CgroupWrite> writes, Action<string>? warn)
    {
        if (cpu.Idle == 0) writes.Add(new("cpu", "cpu.idle", "0", WriteRule.IgnoreMissing));
        if (cpu.Shares > 0 && cpu.Idle is null or 0)
        {
            V1Limits.CheckShares(cpu.Shares!.Value);
            writes.Add(new("cpu", "cpu.weight", WeightOfShares(cpu.Shares.Value).ToString()));
        }
        if (cpu.Idle is not (null or 0)) writes.Add(new("cpu", "cpu.idle", cpu.Idle.Value.ToString()));
        if (cpu.Burst is not null) writes.Add(new("cpu", "cpu.max.burst", cpu.Burst.Value.ToString(), WriteRule.AgainLater));
        if (cpu.Quota is not (null or 0) || cpu.Period > 0)
        {
            (string quota, ulong period) = present is null ? ("max", DefaultPeriod) : PresentMaximum(present);
            if (cpu.Quota is { } asked and not 0) quota = asked < 0 ? "max" : asked.ToString();
            if (cpu.Period > 0) period = cpu.Period.Value;
            writes.Add(new("cpu", "cpu.max", $"{quota} {period}", WriteRule.AgainLater));
        }
        if (cpu.RealtimeRuntime is not (null or 0) || cpu.RealtimePeriod > 0)
            warn?.Invoke("cpu.realtimeRuntime and cpu.realtimePeriod have no effect: cgroup v2 has no such settings");
    }

    private static (string Quota, ulong Period) PresentMaximum(CgroupDirectory present)
    {
        ReadOnlySpan<byte> text = present.Read("cpu.max").Span;
        int space = text.IndexOf((byte)' ');
        if (space <= 0 || !Utf8Parser.TryParse(text[(space + 1)..], out ulong period, out _))
            throw new KeelsonException(ErrorKind.DataLoss, $"read cpu.max of {present.Path}: '{System.Text.Encoding.UTF8.GetString(text)}' is no quota and period");
        return (System.Text.Encoding.UTF8.GetString(text[..space]), period);
    }

    private static void BlockIo(BlockIoResources io, List<CgroupWrite> writes, Action<string>? warn)
    {
        if (io.Weight > 0)
        {
            writes.Add(new("io", "io.bfq.weight", io.Weight.Value.ToString(), WriteRule.OrNext));
            writes.Add(new("io", "io.weight", IoWeight(io.Weight.Value).ToString()));
        }
        foreach (WeightDevice device in io.WeightDevice)
        {
            if (device.Weight > 0)
            {
                writes.Add(new("io", "io.bfq.weight", $"{device.Major}:{device.Minor} {device.Weight.Value}", WriteRule.OrNext));
                writes.Add(new("io", "io.weight", $"{device.Major}:{device.Minor} {IoWeight(device.Weight.Value)}"));
            }
            if (device.LeafWeight > 0) warn?.Invoke("blockIO.weightDevice.leafWeight has no effect: cgroup v2 has no such setting");
        }
        if (io.LeafWeight > 0) warn?.Invoke("blockIO.leafWeight has no effect: cgroup v2 has no such setting");
        Throttle("rbps", io.ThrottleReadBpsDevice, writes);
        Throttle("wbps", io.ThrottleWriteBpsDevice, writes);
        Throttle("riops", io.ThrottleReadIopsDevice, writes);
        Throttle("wiops", io.ThrottleWriteIopsDevice, writes);
    }

    private static void Throttle(string key, ThrottleDevice[] devices, List<CgroupWrite> writes)
    {
        foreach (ThrottleDevice device in devices)
            writes.Add(new("io", "io.max", $"{device.Major}:{device.Minor} {key}={(device.Rate == 0 ? "max" : device.Rate.ToString())}"));
    }
}
