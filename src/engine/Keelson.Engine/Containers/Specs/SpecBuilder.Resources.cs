using Keelson.Oci;

namespace Keelson.Engine.Containers;

internal static partial class SpecBuilder
{
    private const long PeriodMicroseconds = 100_000, Billion = 1_000_000_000;

    /// <summary>The limits alone, as an update of a running container needs them.</summary>
    public static LinuxResources Limits(ResourceSettings settings, IReadOnlyDictionary<string, (long Major, long Minor)> blockDevices)
    {
        LinuxResources resources = new();
        if (settings.MemoryBytes > 0 || settings.MemorySwapBytes != 0 || settings.MemoryReservationBytes > 0 || settings.KernelMemoryTcpBytes > 0
            || settings.MemorySwappiness is > -1 || settings.OomKillDisable == true)
        {
            resources.Memory = new()
            {
                Limit = Positive(settings.MemoryBytes),
                Swap = settings.MemorySwapBytes != 0 ? settings.MemorySwapBytes : null,
                Reservation = Positive(settings.MemoryReservationBytes),
                KernelTcp = Positive(settings.KernelMemoryTcpBytes),
                Swappiness = settings.MemorySwappiness is > -1 ? (ulong)settings.MemorySwappiness : null,
                DisableOomKiller = settings.OomKillDisable == true ? true : null,
            };
        }
        CpuResources cpu = new()
        {
            Shares = settings.CpuShares > 0 ? (ulong)settings.CpuShares : null,
            Period = settings.NanoCpus > 0 ? (ulong)PeriodMicroseconds : settings.CpuPeriodMicroseconds > 0 ? (ulong)settings.CpuPeriodMicroseconds : null,
            Quota = settings.NanoCpus > 0 ? settings.NanoCpus * PeriodMicroseconds / Billion : settings.CpuQuotaMicroseconds != 0 ? settings.CpuQuotaMicroseconds : null,
            RealtimePeriod = settings.CpuRealtimePeriodMicroseconds > 0 ? (ulong)settings.CpuRealtimePeriodMicroseconds : null,
            RealtimeRuntime = settings.CpuRealtimeRuntimeMicroseconds != 0 ? settings.CpuRealtimeRuntimeMicroseconds : null,
            Cpus = settings.CpusetCpus.Length > 0 ? settings.CpusetCpus : null,
            Mems = settings.CpusetMems.Length > 0 ? settings.CpusetMems : null,
        };
        if (cpu is not { Shares: null, Period: null, Quota: null, RealtimePeriod: null, RealtimeRuntime: null, Cpus: null, Mems: null }) resources.Cpu = cpu;
        // 0 and less take a limit away; a new container has none.
        if (settings.PidsLimit is { } pids && pids != 0) resources.Pids = new() { Limit = pids < 0 ? -1 : pids };
        resources.BlockIo = BlockIo(settings, blockDevices);
        return resources;
    }

    private static LinuxResources Resources(SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        LinuxResources resources = Limits(host, inputs.BlockDevices);
        if (resources.Pids is { Limit: < 0 }) resources.Pids = null;
        if (host.Privileged)
        {
            resources.Devices = [new() { Allow = true, Access = DeviceAccess.All }];
            return resources;
        }
        List<DeviceRule> rules = [new() { Allow = false, Access = DeviceAccess.All }];
        // zero, null, urandom, random, tty, console; what makes fuse devices is named so that it stays forbidden.
        foreach ((long major, long minor) in ((long, long)[])[(1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1)]) rules.Add(CharacterRule(true, major, minor));
        rules.Add(CharacterRule(false, 10, 229));
        foreach ((DeviceSpec device, DeviceAccess access) in inputs.Devices)
            rules.Add(new() { Allow = true, Type = device.Type, Major = device.Major, Minor = device.Minor, Access = access });
        foreach (string rule in host.DeviceCgroupRules ?? []) rules.Add(DeviceRuleText.Parse(rule));
        resources.Devices = [.. rules];
        return resources;
    }

    private static DeviceRule CharacterRule(bool allow, long major, long minor) => new() { Allow = allow, Type = DeviceKind.Char, Major = major, Minor = minor, Access = DeviceAccess.All };

    private static BlockIoResources? BlockIo(ResourceSettings settings, IReadOnlyDictionary<string, (long Major, long Minor)> devices)
    {
        ThrottleDevice[] Rates(IReadOnlyList<DeviceRate>? rates) =>
            [.. (rates ?? []).Select(rate => new ThrottleDevice { Major = Number(rate.Path).Major, Minor = Number(rate.Path).Minor, Rate = rate.Rate })];
        (long Major, long Minor) Number(string path) =>
            devices.TryGetValue(path, out (long, long) number) ? number : throw new KeelsonException(ErrorKind.InvalidArgument, $"{path}: no such block device");
        BlockIoResources block = new()
        {
            Weight = settings.BlkioWeight > 0 ? settings.BlkioWeight : null,
            WeightDevice = [.. (settings.BlkioWeightDevice ?? []).Select(entry => new WeightDevice { Major = Number(entry.Path).Major, Minor = Number(entry.Path).Minor, Weight = entry.Weight })],
            ThrottleReadBpsDevice = Rates(settings.BlkioDeviceReadBps),
            ThrottleWriteBpsDevice = Rates(settings.BlkioDeviceWriteBps),
            ThrottleReadIopsDevice = Rates(settings.BlkioDeviceReadIops),
            ThrottleWriteIopsDevice = Rates(settings.BlkioDeviceWriteIops),
        };
        return block.Weight is null && block.WeightDevice.Length + block.ThrottleReadBpsDevice.Length + block.ThrottleWriteBpsDevice.Length
            + block.ThrottleReadIopsDevice.Length + block.ThrottleWriteIopsDevice.Length == 0 ? null : block;
    }

    private static long? Positive(long value) => value > 0 ? value : null;
}
