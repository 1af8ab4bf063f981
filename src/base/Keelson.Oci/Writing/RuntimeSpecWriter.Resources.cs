using System.Text.Json;

namespace Keelson.Oci;

public static partial class RuntimeSpecWriter
{
    private static void WriteProperties(Utf8JsonWriter json, LinuxResources resources)
    {
        json.Objects("devices"u8, resources.Devices, static (json, rule) =>
        {
            json.WriteBoolean("allow"u8, rule.Allow);
            if (rule.Type != DeviceKind.All) json.WriteString("type"u8, SpecNames.Of(rule.Type));
            json.Number("major"u8, rule.Major);
            json.Number("minor"u8, rule.Minor);
            if (rule.Access is { } access) json.WriteString("access"u8, SpecNames.Of(access));
        });
        json.Object("memory"u8, resources.Memory, WriteProperties);
        json.Object("cpu"u8, resources.Cpu, WriteProperties);
        json.Object("pids"u8, resources.Pids, static (json, pids) => json.Number("limit"u8, pids.Limit));
        json.Object("blockIO"u8, resources.BlockIo, WriteProperties);
        json.Objects("hugepageLimits"u8, resources.HugepageLimits, static (json, limit) =>
        {
            json.WriteString("pageSize"u8, limit.PageSize);
            json.WriteNumber("limit"u8, limit.Limit);
        });
        json.Object("network"u8, resources.Network, static (json, network) =>
        {
            json.Number("classID"u8, (ulong?)network.ClassId);
            json.Objects("priorities"u8, network.Priorities, static (json, priority) =>
            {
                json.WriteString("name"u8, priority.Name);
                json.WriteNumber("priority"u8, priority.Priority);
            });
        });
        json.ObjectMap("rdma"u8, resources.Rdma, static (json, limit) =>
        {
            json.Number("hcaHandles"u8, (ulong?)limit.HcaHandles);
            json.Number("hcaObjects"u8, (ulong?)limit.HcaObjects);
        });
        json.StringMap("unified"u8, resources.Unified);
    }

    private static void WriteProperties(Utf8JsonWriter json, MemoryResources memory)
    {
        json.Number("limit"u8, memory.Limit);
        json.Number("reservation"u8, memory.Reservation);
        json.Number("swap"u8, memory.Swap);
        json.Number("kernel"u8, memory.Kernel);
        json.Number("kernelTCP"u8, memory.KernelTcp);
        json.Number("swappiness"u8, memory.Swappiness);
        json.Bool("disableOOMKiller"u8, memory.DisableOomKiller);
        json.Bool("useHierarchy"u8, memory.UseHierarchy);
        json.Bool("checkBeforeUpdate"u8, memory.CheckBeforeUpdate);
    }

    private static void WriteProperties(Utf8JsonWriter json, CpuResources cpu)
    {
        json.Number("shares"u8, cpu.Shares);
        json.Number("quota"u8, cpu.Quota);
        json.Number("burst"u8, cpu.Burst);
        json.Number("period"u8, cpu.Period);
        json.Number("realtimeRuntime"u8, cpu.RealtimeRuntime);
        json.Number("realtimePeriod"u8, cpu.RealtimePeriod);
        json.String("cpus"u8, cpu.Cpus);
        json.String("mems"u8, cpu.Mems);
        json.Number("idle"u8, cpu.Idle);
    }

    private static void WriteProperties(Utf8JsonWriter json, BlockIoResources io)
    {
        json.Number("weight"u8, (ulong?)io.Weight);
        json.Number("leafWeight"u8, (ulong?)io.LeafWeight);
        json.Objects("weightDevice"u8, io.WeightDevice, static (json, device) =>
        {
            json.WriteNumber("major"u8, device.Major);
            json.WriteNumber("minor"u8, device.Minor);
            json.Number("weight"u8, (ulong?)device.Weight);
            json.Number("leafWeight"u8, (ulong?)device.LeafWeight);
        });
        json.Objects("throttleReadBpsDevice"u8, io.ThrottleReadBpsDevice, WriteProperties);
        json.Objects("throttleWriteBpsDevice"u8, io.ThrottleWriteBpsDevice, WriteProperties);
        json.Objects("throttleReadIOPSDevice"u8, io.ThrottleReadIopsDevice, WriteProperties);
        json.Objects("throttleWriteIOPSDevice"u8, io.ThrottleWriteIopsDevice, WriteProperties);
    }

    private static void WriteProperties(Utf8JsonWriter json, ThrottleDevice device)
    {
        json.WriteNumber("major"u8, device.Major);
        json.WriteNumber("minor"u8, device.Minor);
        json.WriteNumber("rate"u8, device.Rate);
    }
}
