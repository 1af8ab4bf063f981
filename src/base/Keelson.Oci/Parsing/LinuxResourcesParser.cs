namespace Keelson.Oci;

/// <summary>Reads limits of a control group: the <c>linux.resources</c> object of a configuration, and what <c>update --resources</c> takes.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Control groups". The rules are those of <see cref="RuntimeSpecParser"/>.</remarks>
public static class LinuxResourcesParser
{
    /// <summary>Reads a document that is one resources object.</summary>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type or range, or a required property is missing.</exception>
    public static LinuxResources Parse(ReadOnlySpan<byte> json, string documentName = "resources.json") =>
        SpecReader.ReadDocument(json, documentName, ReadResources);

    internal static LinuxResources ReadResources(ref SpecReader r)
    {
        LinuxResources resources = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("devices"u8)) resources.Devices = r.Array(ReadDeviceRule);
            else if (r.Is("memory"u8)) resources.Memory = r.Optional(ReadMemory);
            else if (r.Is("cpu"u8)) resources.Cpu = r.Optional(ReadCpu);
            else if (r.Is("pids"u8)) resources.Pids = r.Optional(ReadPids);
            else if (r.Is("blockIO"u8)) resources.BlockIo = r.Optional(ReadBlockIo);
            else if (r.Is("hugepageLimits"u8)) resources.HugepageLimits = r.Array(ReadHugepageLimit);
            else if (r.Is("network"u8)) resources.Network = r.Optional(ReadNetwork);
            else if (r.Is("rdma"u8)) resources.Rdma = r.Map(ReadRdmaLimit);
            else if (r.Is("unified"u8)) resources.Unified = r.Map(static (ref e) => e.Text());
            else r.Skip();
        }
        return resources;
    }

    private static DeviceRule ReadDeviceRule(ref SpecReader r)
    {
        DeviceRule rule = new();
        bool? allow = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("allow"u8)) allow = r.Bool();
            else if (r.Is("type"u8)) rule.Type = r.Name(SpecNames.ParseDeviceRuleKind, "a device type (a, c or b)") ?? DeviceKind.All;
            else if (r.Is("major"u8)) rule.Major = ReadNumberOrAll(ref r);
            else if (r.Is("minor"u8)) rule.Minor = ReadNumberOrAll(ref r);
            else if (r.Is("access"u8)) rule.Access = r.Name(SpecNames.ParseDeviceAccess, "made of r, w and m");
            else r.Skip();
        }
        rule.Allow = r.Required(allow, "allow");
        return rule;
    }

    // Docker writes -1 where the specification leaves the number out.
    private static long? ReadNumberOrAll(ref SpecReader r) => r.Int64() is { } number and not -1 ? number : null;

    private static MemoryResources ReadMemory(ref SpecReader r)
    {
        MemoryResources memory = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("limit"u8)) memory.Limit = r.Int64();
            else if (r.Is("reservation"u8)) memory.Reservation = r.Int64();
            else if (r.Is("swap"u8)) memory.Swap = r.Int64();
            else if (r.Is("kernel"u8)) memory.Kernel = r.Int64();
            else if (r.Is("kernelTCP"u8)) memory.KernelTcp = r.Int64();
            else if (r.Is("swappiness"u8)) memory.Swappiness = r.UInt64();
            else if (r.Is("disableOOMKiller"u8)) memory.DisableOomKiller = r.Bool();
            else if (r.Is("useHierarchy"u8)) memory.UseHierarchy = r.Bool();
            else if (r.Is("checkBeforeUpdate"u8)) memory.CheckBeforeUpdate = r.Bool();
            else r.Skip();
        }
        return memory;
    }

    private static CpuResources ReadCpu(ref SpecReader r)
    {
        CpuResources cpu = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("shares"u8)) cpu.Shares = r.UInt64();
            else if (r.Is("quota"u8)) cpu.Quota = r.Int64();
            else if (r.Is("burst"u8)) cpu.Burst = r.UInt64();
            else if (r.Is("period"u8)) cpu.Period = r.UInt64();
            else if (r.Is("realtimeRuntime"u8)) cpu.RealtimeRuntime = r.Int64();
            else if (r.Is("realtimePeriod"u8)) cpu.RealtimePeriod = r.UInt64();
            else if (r.Is("cpus"u8)) cpu.Cpus = r.String();
            else if (r.Is("mems"u8)) cpu.Mems = r.String();
            else if (r.Is("idle"u8)) cpu.Idle = r.Int64();
            else r.Skip();
        }
        return cpu;
    }

    private static PidsResources ReadPids(ref SpecReader r)
    {
        PidsResources pids = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("limit"u8)) pids.Limit = r.Int64();
            else r.Skip();
        }
        return pids;
    }

    private static BlockIoResources ReadBlockIo(ref SpecReader r)
    {
        BlockIoResources io = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("weight"u8)) io.Weight = r.UInt16();
            else if (r.Is("leafWeight"u8)) io.LeafWeight = r.UInt16();
            else if (r.Is("weightDevice"u8)) io.WeightDevice = r.Array(ReadWeightDevice);
            else if (r.Is("throttleReadBpsDevice"u8)) io.ThrottleReadBpsDevice = r.Array(ReadThrottleDevice);
            else if (r.Is("throttleWriteBpsDevice"u8)) io.ThrottleWriteBpsDevice = r.Array(ReadThrottleDevice);
            else if (r.Is("throttleReadIOPSDevice"u8)) io.ThrottleReadIopsDevice = r.Array(ReadThrottleDevice);
            else if (r.Is("throttleWriteIOPSDevice"u8)) io.ThrottleWriteIopsDevice = r.Array(ReadThrottleDevice);
            else r.Skip();
        }
        return io;
    }

    private static WeightDevice ReadWeightDevice(ref SpecReader r)
    {
        long? major = null, minor = null;
        ushort? weight = null, leafWeight = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("major"u8)) major = r.Int64();
            else if (r.Is("minor"u8)) minor = r.Int64();
            else if (r.Is("weight"u8)) weight = r.UInt16();
            else if (r.Is("leafWeight"u8)) leafWeight = r.UInt16();
            else r.Skip();
        }
        return new WeightDevice { Major = r.Required(major, "major"), Minor = r.Required(minor, "minor"), Weight = weight, LeafWeight = leafWeight };
    }

    private static ThrottleDevice ReadThrottleDevice(ref SpecReader r)
    {
        long? major = null, minor = null;
        ulong? rate = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("major"u8)) major = r.Int64();
            else if (r.Is("minor"u8)) minor = r.Int64();
            else if (r.Is("rate"u8)) rate = r.UInt64();
            else r.Skip();
        }
        return new ThrottleDevice { Major = r.Required(major, "major"), Minor = r.Required(minor, "minor"), Rate = r.Required(rate, "rate") };
    }

    private static HugepageLimit ReadHugepageLimit(ref SpecReader r)
    {
        string? pageSize = null;
        ulong? limit = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("pageSize"u8)) pageSize = r.String();
            else if (r.Is("limit"u8)) limit = r.UInt64();
            else r.Skip();
        }
        return new HugepageLimit { PageSize = r.Required(pageSize, "pageSize"), Limit = r.Required(limit, "limit") };
    }

    private static NetworkResources ReadNetwork(ref SpecReader r)
    {
        NetworkResources network = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("classID"u8)) network.ClassId = r.UInt32();
            else if (r.Is("priorities"u8)) network.Priorities = r.Array(ReadInterfacePriority);
            else r.Skip();
        }
        return network;
    }

    private static InterfacePriority ReadInterfacePriority(ref SpecReader r)
    {
        string? name = null;
        uint? priority = null;
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("name"u8)) name = r.String();
            else if (r.Is("priority"u8)) priority = r.UInt32();
            else r.Skip();
        }
        return new InterfacePriority { Name = r.Required(name, "name"), Priority = r.Required(priority, "priority") };
    }

    private static RdmaLimit ReadRdmaLimit(ref SpecReader r)
    {
        RdmaLimit limit = new();
        r.BeginObject();
        while (r.NextProperty())
        {
            if (r.Is("hcaHandles"u8)) limit.HcaHandles = r.UInt32();
            else if (r.Is("hcaObjects"u8)) limit.HcaObjects = r.UInt32();
            else r.Skip();
        }
        return limit;
    }
}
