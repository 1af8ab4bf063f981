namespace Keelson.Engine.Containers;

/// <summary>Puts the limits of an update over those of a container; what is zero leaves them.</summary>
internal static class LimitMerge
{
    /// <summary>Merges.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: two limits exclude each other.</exception>
    public static HostSettings Merge(HostSettings host, ContainerUpdate update)
    {
        if (update.NanoCpus > 0 && (host.CpuPeriodMicroseconds > 0 || host.CpuQuotaMicroseconds > 0)) throw new KeelsonException(ErrorKind.InvalidArgument, "Conflicting options: Nano CPUs cannot be updated as CPU Period or Quota has already been set");
        if ((update.CpuPeriodMicroseconds > 0 || update.CpuQuotaMicroseconds > 0) && host.NanoCpus > 0) throw new KeelsonException(ErrorKind.InvalidArgument, "Conflicting options: CPU Period or Quota cannot be updated as NanoCPUs has already been set");
        long swap = update.MemorySwapBytes != 0 ? update.MemorySwapBytes : host.MemorySwapBytes;
        if (update.MemoryBytes > 0 && swap > 0 && update.MemoryBytes > swap)
            throw new KeelsonException(ErrorKind.InvalidArgument, "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
        return host with
        {
            CpuShares = Or(update.CpuShares, host.CpuShares),
            MemoryBytes = Or(update.MemoryBytes, host.MemoryBytes),
            NanoCpus = Or(update.NanoCpus, host.NanoCpus),
            BlkioWeight = update.BlkioWeight != 0 ? update.BlkioWeight : host.BlkioWeight,
            CpuPeriodMicroseconds = Or(update.CpuPeriodMicroseconds, host.CpuPeriodMicroseconds),
            CpuQuotaMicroseconds = Or(update.CpuQuotaMicroseconds, host.CpuQuotaMicroseconds),
            CpuRealtimePeriodMicroseconds = Or(update.CpuRealtimePeriodMicroseconds, host.CpuRealtimePeriodMicroseconds),
            CpuRealtimeRuntimeMicroseconds = Or(update.CpuRealtimeRuntimeMicroseconds, host.CpuRealtimeRuntimeMicroseconds),
            CpusetCpus = update.CpusetCpus.Length > 0 ? update.CpusetCpus : host.CpusetCpus,
            CpusetMems = update.CpusetMems.Length > 0 ? update.CpusetMems : host.CpusetMems,
            MemoryReservationBytes = Or(update.MemoryReservationBytes, host.MemoryReservationBytes),
            MemorySwapBytes = swap,
            KernelMemoryTcpBytes = Or(update.KernelMemoryTcpBytes, host.KernelMemoryTcpBytes),
            PidsLimit = update.PidsLimit ?? host.PidsLimit,
        };
    }

    /// <summary>Whether an update holds any limit.</summary>
    public static bool HasLimits(ContainerUpdate update) => new ContainerUpdate() != update with { RestartPolicy = null, PortBindings = null, AddMounts = null, RemoveMounts = null };

    private static long Or(long one, long other) => one != 0 ? one : other;
}
