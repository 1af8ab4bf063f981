using Keelson.Oci;

namespace Keelson.Cgroups;

/// <summary>Turns limits into writes to control files of cgroup v1 hierarchies. No calls are made here, except to read present values.</summary>
/// <remarks>Kernel documentation admin-guide/cgroup-v1. What is absent, and 0 where 0 is no meaningful limit, leaves the file alone, as runC.</remarks>
internal static class V1Limits
{
    /// <summary>The writes for one controller, in the order in which the kernel accepts them.</summary>
    /// <param name="controller">v1 name.</param>
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
                Cpu(cpu, writes);
                break;
            case "cpuset" when resources.Cpu is { } cpu:
                if (!string.IsNullOrEmpty(cpu.Cpus)) writes.Add(new("cpuset", "cpuset.cpus", cpu.Cpus));
                if (!string.IsNullOrEmpty(cpu.Mems)) writes.Add(new("cpuset", "cpuset.mems", cpu.Mems));
                break;
            case "pids" when resources.Pids?.Limit is { } limit:
                writes.Add(new("pids", "pids.max", limit < 0 ? "max" : limit.ToString()));
                break;
            case "blkio" when resources.BlockIo is { } blockIo:
                BlockIo(blockIo, writes);
                break;
            case "hugetlb":
                foreach (HugepageLimit page in resources.HugepageLimits)
                {
                    string value = page.Limit.ToString();
                    // Reservations are charged where the kernel counts them (5.7), faults everywhere.
                    writes.Add(new("hugetlb", $"hugetlb.{page.PageSize}.rsvd.limit_in_bytes", value, WriteRule.IgnoreMissing));
                    writes.Add(new("hugetlb", $"hugetlb.{page.PageSize}.limit_in_bytes", value));
                }
                break;
            case "net_cls" when resources.Network?.ClassId > 0:
                writes.Add(new("net_cls", "net_cls.classid", resources.Network.ClassId.Value.ToString()));
                break;
            case "net_prio" when resources.Network is { } network:
                foreach (InterfacePriority priority in network.Priorities) writes.Add(new("net_prio", "net_prio.ifpriomap", $"{priority.Name} {priority.Priority}"));
                break;
            case "rdma":
                Rdma(resources, writes);
                break;
        }
    }

    /// <summary>The file and its form are the same in v1 and v2.</summary>
    public static void Rdma(LinuxResources resources, List<CgroupWrite> writes)
    {
        foreach ((string device, RdmaLimit limit) in resources.Rdma)
        {
            string value = device;
            if (limit.HcaHandles is { } handles) value += " hca_handle=" + (handles == uint.MaxValue ? "max" : handles.ToString());
            if (limit.HcaObjects is { } objects) value += " hca_object=" + (objects == uint.MaxValue ? "max" : objects.ToString());
            writes.Add(new("rdma", "rdma.max", value));
        }
    }

    /// <summary>Memory and swap together cannot be less than memory.</summary>
    /// <exception cref="KeelsonException">InvalidArgument.</exception>
    public static void CheckSwap(long? limit, long? swap)
    {
        if (swap > 0 && limit > 0 && swap < limit)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"set memory.swap to {swap}: memory and swap together cannot be smaller than memory.limit {limit}");
        if (swap > 0 && limit == -1) throw new KeelsonException(ErrorKind.InvalidArgument, $"set memory.swap to {swap}: memory.limit is unlimited");
    }

    private static void Memory(MemoryResources memory, CgroupDirectory? present, List<CgroupWrite> writes, Action<string>? warn)
    {
        long limit = memory.Limit ?? 0, swap = memory.Swap ?? 0;
        CheckSwap(limit, swap);
        if (present is not null && memory.CheckBeforeUpdate == true && limit > 0 && present.ReadNumber("memory.usage_in_bytes") is var used && used > (ulong)limit)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"set memory.limit of {present.Path} to {limit}: {used} bytes are in use");

        CgroupWrite writeLimit = new("memory", "memory.limit_in_bytes", limit.ToString());
        CgroupWrite writeSwap = new("memory", "memory.memsw.limit_in_bytes", swap.ToString());
        if (limit == -1 && swap == 0)
        {
            // Memory without a limit and swap with one would be refused; a kernel without swap accounting has no such file.
            writeSwap = writeSwap with { Value = "-1", Rule = WriteRule.IgnoreMissing };
            swap = -1;
        }
        else if (swap == -1)
        {
            writeSwap = writeSwap with { Rule = WriteRule.IgnoreMissing };
        }

        // At every moment memory must be at most memory and swap together: raise the outer limit first, lower it last.
        bool swapFirst = swap != 0 && limit != 0 && present is not null && (swap == -1 || present.ReadNumber("memory.limit_in_bytes") < (ulong)swap);
        if (swapFirst) writes.Add(writeSwap);
        if (limit != 0) writes.Add(writeLimit);
        if (swap != 0 && !swapFirst) writes.Add(writeSwap);

        if (memory.Reservation is not (null or 0)) writes.Add(new("memory", "memory.soft_limit_in_bytes", memory.Reservation.Value.ToString()));
        if (memory.DisableOomKiller == true || (memory.DisableOomKiller == false && present is not null))
            writes.Add(new("memory", "memory.oom_control", memory.DisableOomKiller == true ? "1" : "0"));
        if (memory.Swappiness is { } swappiness)
        {
            if (swappiness > 100) throw new KeelsonException(ErrorKind.InvalidArgument, $"set memory.swappiness to {swappiness}: the range is 0 to 100");
            writes.Add(new("memory", "memory.swappiness", swappiness.ToString()));
        }
        if (memory.UseHierarchy == true) writes.Add(new("memory", "memory.use_hierarchy", "1", WriteRule.IgnoreMissing));
        WarnOfKernelMemory(memory, warn);
    }

    /// <summary>Kernel memory limits went out of the kernel (5.4 deprecated, 5.16 removed); runC ignores them too.</summary>
    public static void WarnOfKernelMemory(MemoryResources memory, Action<string>? warn)
    {
        if (memory.Kernel is not (null or 0 or -1)) warn?.Invoke("memory.kernel has no effect: kernel memory is part of memory.limit");
        if (memory.KernelTcp is not (null or 0 or -1)) warn?.Invoke("memory.kernelTCP has no effect: TCP buffers are part of memory.limit");
    }

    /// <summary>runC's bounds, which are the kernel's MIN_SHARES and MAX_SHARES; the kernel would round silently.</summary>
    /// <exception cref="KeelsonException">InvalidArgument.</exception>
    public static void CheckShares(ulong shares)
    {
        if (shares is < 2 or > 262144) throw new KeelsonException(ErrorKind.InvalidArgument, $"set cpu.shares to {shares}: the range is 2 to 262144");
    }

    private static void Cpu(CpuResources cpu, List<CgroupWrite> writes)
    {
        // An idle group has a fixed weight, and the kernel refuses another: leave it before the shares, or leave the shares out.
        if (cpu.Idle == 0) writes.Add(new("cpu", "cpu.idle", "0", WriteRule.IgnoreMissing));
        if (cpu.Shares > 0 && cpu.Idle is null or 0)
        {
            CheckShares(cpu.Shares!.Value);
            writes.Add(new("cpu", "cpu.shares", cpu.Shares.Value.ToString()));
        }
        if (cpu.Idle is not (null or 0)) writes.Add(new("cpu", "cpu.idle", cpu.Idle.Value.ToString()));
        if (cpu.RealtimePeriod > 0) writes.Add(new("cpu", "cpu.rt_period_us", cpu.RealtimePeriod.Value.ToString(), WriteRule.AgainLater));
        if (cpu.RealtimeRuntime is not (null or 0)) writes.Add(new("cpu", "cpu.rt_runtime_us", cpu.RealtimeRuntime.Value.ToString()));

        // Quota over period must never exceed that of a parent, and burst never the quota: which goes first depends on the values before.
        if (cpu.Period > 0) writes.Add(new("cpu", "cpu.cfs_period_us", cpu.Period.Value.ToString(), WriteRule.AgainLater));
        if (cpu.Burst is not null) writes.Add(new("cpu", "cpu.cfs_burst_us", cpu.Burst.Value.ToString(), WriteRule.AgainLater));
        if (cpu.Quota is not (null or 0)) writes.Add(new("cpu", "cpu.cfs_quota_us", Math.Max(cpu.Quota.Value, -1).ToString(), WriteRule.AgainLater));
    }

    private static void BlockIo(BlockIoResources io, List<CgroupWrite> writes)
    {
        if (io.Weight > 0)
        {
            writes.Add(new("blkio", "blkio.bfq.weight", io.Weight.Value.ToString(), WriteRule.OrNext));
            writes.Add(new("blkio", "blkio.weight", io.Weight.Value.ToString()));
        }
        if (io.LeafWeight > 0) writes.Add(new("blkio", "blkio.leaf_weight", io.LeafWeight.Value.ToString()));
        foreach (WeightDevice device in io.WeightDevice)
        {
            if (device.Weight > 0)
            {
                string value = $"{device.Major}:{device.Minor} {device.Weight.Value}";
                writes.Add(new("blkio", "blkio.bfq.weight_device", value, WriteRule.OrNext));
                writes.Add(new("blkio", "blkio.weight_device", value));
            }
            if (device.LeafWeight > 0) writes.Add(new("blkio", "blkio.leaf_weight_device", $"{device.Major}:{device.Minor} {device.LeafWeight.Value}"));
        }
        Throttle("blkio.throttle.read_bps_device", io.ThrottleReadBpsDevice, writes);
        Throttle("blkio.throttle.write_bps_device", io.ThrottleWriteBpsDevice, writes);
        Throttle("blkio.throttle.read_iops_device", io.ThrottleReadIopsDevice, writes);
        Throttle("blkio.throttle.write_iops_device", io.ThrottleWriteIopsDevice, writes);
    }

    private static void Throttle(string file, ThrottleDevice[] devices, List<CgroupWrite> writes)
    {
        foreach (ThrottleDevice device in devices) writes.Add(new("blkio", file, $"{device.Major}:{device.Minor} {device.Rate}"));
    }
}
