namespace Keelson.Oci;

public static partial class RuntimeSpecValidator
{
    private static void CheckResources(LinuxResources resources, string prefix, SpecFindings found)
    {
        for (int i = 0; i < resources.Devices.Length; i++)
        {
            DeviceRule rule = resources.Devices[i];
            if (rule.Type is not (DeviceKind.All or DeviceKind.Char or DeviceKind.Block)) found.Error($"{prefix}devices[{i}].type", "is not a, c or b");
            CheckDeviceNumbers(rule.Major, rule.Minor, $"{prefix}devices[{i}]", found);
        }
        if (resources.Memory is { } memory) CheckMemory(memory, prefix + "memory.", found);
        if (resources.Cpu is { } cpu) CheckCpu(cpu, prefix + "cpu.", found);
        if (resources.Pids?.Limit < -1) found.Error(prefix + "pids.limit", $"{resources.Pids.Limit} is less than -1");
        if (resources.BlockIo is { } io) CheckBlockIo(io, prefix + "blockIO.", found);
        for (int i = 0; i < resources.HugepageLimits.Length; i++)
            if (!IsPageSize(resources.HugepageLimits[i].PageSize))
                found.Error($"{prefix}hugepageLimits[{i}].pageSize", $"'{SpecReader.Quote(resources.HugepageLimits[i].PageSize)}' is not a size like 64KB, 2MB or 1GB");
        for (int i = 0; i < resources.Network?.Priorities.Length; i++)
            if (!IsInterfaceName(resources.Network.Priorities[i].Name)) found.Error($"{prefix}network.priorities[{i}].name", "is not a name of an interface");
        foreach ((string device, RdmaLimit limit) in resources.Rdma) CheckRdma(device, limit, prefix, found);
        foreach ((string file, _) in resources.Unified)
            if (!IsCgroupFile(file)) found.Error(PropertyPath.Append(prefix + "unified", SpecReader.Quote(file)), "is not a name of a cgroup file, like memory.max");
    }

    private static void CheckMemory(MemoryResources memory, string path, SpecFindings found)
    {
        CheckBytes(memory.Limit, path + "limit", found);
        CheckBytes(memory.Reservation, path + "reservation", found);
        CheckBytes(memory.Swap, path + "swap", found);
        CheckBytes(memory.Kernel, path + "kernel", found);
        CheckBytes(memory.KernelTcp, path + "kernelTCP", found);
        if (memory.Swap > 0 && memory.Limit > memory.Swap) found.Error(path + "swap", $"{memory.Swap} is less than the limit {memory.Limit}; it counts memory and swap together");
        if (memory.Swappiness > 100) found.Error(path + "swappiness", $"{memory.Swappiness} is not between 0 and 100");
        if (memory.Kernel is not null) found.Warning(path + "kernel", "is not recommended and has no effect since Linux 5.4");
    }

    private static void CheckBytes(long? bytes, string path, SpecFindings found)
    {
        if (bytes < -1) found.Error(path, $"{bytes} is less than -1");
    }

    private static void CheckCpu(CpuResources cpu, string path, SpecFindings found)
    {
        if (cpu.Quota > 0 && cpu.Burst > (ulong)cpu.Quota) found.Error(path + "burst", $"{cpu.Burst} is more than the quota {cpu.Quota}");
        if (cpu.Idle is not (null or 0 or 1)) found.Error(path + "idle", $"{cpu.Idle} is not 0 or 1");
    }

    private static void CheckBlockIo(BlockIoResources io, string path, SpecFindings found)
    {
        CheckWeight(io.Weight, path + "weight", found);
        CheckWeight(io.LeafWeight, path + "leafWeight", found);
        for (int i = 0; i < io.WeightDevice.Length; i++)
        {
            WeightDevice device = io.WeightDevice[i];
            CheckDeviceNumbers(device.Major, device.Minor, $"{path}weightDevice[{i}]", found);
            if (device.Weight is null && device.LeafWeight is null) found.Error($"{path}weightDevice[{i}]", "has neither weight nor leafWeight");
            CheckWeight(device.Weight, $"{path}weightDevice[{i}].weight", found);
            CheckWeight(device.LeafWeight, $"{path}weightDevice[{i}].leafWeight", found);
        }
        CheckThrottle(io.ThrottleReadBpsDevice, path + "throttleReadBpsDevice", found);
        CheckThrottle(io.ThrottleWriteBpsDevice, path + "throttleWriteBpsDevice", found);
        CheckThrottle(io.ThrottleReadIopsDevice, path + "throttleReadIOPSDevice", found);
        CheckThrottle(io.ThrottleWriteIopsDevice, path + "throttleWriteIOPSDevice", found);
    }

    // Docker writes 0 for a weight that nobody has set.
    private static void CheckWeight(ushort? weight, string path, SpecFindings found)
    {
        if (weight is not (null or 0 or (>= 10 and <= 1000))) found.Error(path, $"{weight} is not between 10 and 1000, or 0 for the default");
    }

    private static void CheckThrottle(ThrottleDevice[] devices, string path, SpecFindings found)
    {
        for (int i = 0; i < devices.Length; i++) CheckDeviceNumbers(devices[i].Major, devices[i].Minor, $"{path}[{i}]", found);
    }

    // <size><unit-prefix>B, as in the names of the controller's files.
    private static bool IsPageSize(string size)
    {
        int digits = size.AsSpan().IndexOfAnyExceptInRange('0', '9');
        return digits > 0 && size[0] != '0' && size.AsSpan(digits) is "KB" or "MB" or "GB" or "TB";
    }

    private static void CheckRdma(string device, RdmaLimit limit, string prefix, SpecFindings found)
    {
        string path = PropertyPath.Append(prefix + "rdma", SpecReader.Quote(device));
        if (device.Length == 0 || device.AsSpan().ContainsAny(' ', '\n', '\t')) found.Error(path, "is not the name of a device");
        if (limit.HcaHandles is null && limit.HcaObjects is null) found.Error(path, "has neither hcaHandles nor hcaObjects");
    }

    // A file name of the form controller.rest; what it may be is the kernel's business.
    private static bool IsCgroupFile(string name)
    {
        int point = name.IndexOf('.');
        if (point <= 0 || point == name.Length - 1) return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        return true;
    }
}
