using Keelson.Protobuf;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>Reads what shims count, <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>, into docker's fields.</summary>
internal static class StatsReader
{
    private const ulong Microsecond = 1000;

    /// <summary>Reads the metrics.</summary>
    /// <exception cref="KeelsonException">DataLoss: they are damaged. Unsupported: they are of another kind.</exception>
    public static ContainerStats Read(TypedMessage metrics) => metrics.TypeName switch
    {
        "io.containerd.cgroups.v1.Metrics" => ReadV1(metrics.Value.Span),
        "io.containerd.cgroups.v2.Metrics" => ReadV2(metrics.Value.Span),
        _ => throw new KeelsonException(ErrorKind.Unsupported, $"read metrics: their type {metrics.TypeName} is not known"),
    };

    private static ContainerStats ReadV1(ReadOnlySpan<byte> message)
    {
        ContainerStats stats = new();
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    ulong[] pids = Numbers(reader.Bytes, 2);
                    stats = stats with { Pids = pids[0], PidsLimit = pids[1] };
                    break;
                case 3: stats = CpuV1(stats, reader.Bytes); break;
                case 4: stats = MemoryV1(stats, reader.Bytes); break;
                case 5:
                    stats = stats with { BlockIoBytes = Blocks(reader.Bytes, 1), BlockIoOperations = Blocks(reader.Bytes, 2) };
                    break;
            }
        }
        return stats;
    }

    private static ContainerStats CpuV1(ContainerStats stats, ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                ulong[] usage = Numbers(reader.Bytes, 3);
                List<ulong> each = [];
                ProtobufReader inner = new(reader.Bytes);
                while (inner.Next())
                {
                    if (inner.Field != 4) continue;
                    if (inner.Bytes.IsEmpty) each.Add((ulong)inner.Number);
                    else ProtobufReader.Unpack(inner.Bytes, each);
                }
                stats = stats with { CpuTotalNanoseconds = usage[0], CpuKernelNanoseconds = usage[1], CpuUserNanoseconds = usage[2], CpuPerProcessorNanoseconds = each };
            }
            else if (reader.Field == 2)
            {
                ulong[] throttling = Numbers(reader.Bytes, 3);
                stats = stats with { Throttling = (throttling[0], throttling[1], throttling[2]) };
            }
        }
        return stats;
    }

    private static ContainerStats MemoryV1(ContainerStats stats, ReadOnlySpan<byte> message)
    {
        Dictionary<string, ulong> memory = MemoryStatNames.V1.ToDictionary(name => name, _ => 0UL, StringComparer.Ordinal);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field is >= 1 and <= 32) memory[MemoryStatNames.V1[reader.Field - 1]] = (ulong)reader.Number;
            if (reader.Field != 33) continue;
            ulong[] usage = Numbers(reader.Bytes, 4);
            stats = stats with { MemoryLimitBytes = usage[0], MemoryBytes = usage[1], MemoryMaxBytes = usage[2], MemoryFailures = usage[3] };
        }
        return stats with { Memory = memory };
    }

    private static ContainerStats ReadV2(ReadOnlySpan<byte> message)
    {
        ContainerStats stats = new();
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    ulong[] pids = Numbers(reader.Bytes, 2);
                    stats = stats with { Pids = pids[0], PidsLimit = pids[1] };
                    break;
                case 2:
                    ulong[] cpu = Numbers(reader.Bytes, 6);
                    stats = stats with
                    {
                        CpuTotalNanoseconds = cpu[0] * Microsecond,
                        CpuUserNanoseconds = cpu[1] * Microsecond,
                        CpuKernelNanoseconds = cpu[2] * Microsecond,
                        Throttling = (cpu[3], cpu[4], cpu[5] * Microsecond),
                    };
                    break;
                case 4: stats = MemoryV2(stats, reader.Bytes); break;
                case 6: stats = BlocksV2(stats, reader.Bytes); break;
            }
        }
        return stats;
    }

    private static ContainerStats MemoryV2(ContainerStats stats, ReadOnlySpan<byte> message)
    {
        Dictionary<string, ulong> memory = MemoryStatNames.V2.ToDictionary(name => name, _ => 0UL, StringComparer.Ordinal);
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field is >= 1 and <= 31) memory[MemoryStatNames.V2[reader.Field - 1]] = (ulong)reader.Number;
            else if (reader.Field == 32) stats = stats with { MemoryBytes = (ulong)reader.Number };
            else if (reader.Field == 33) stats = stats with { MemoryLimitBytes = (ulong)reader.Number };
        }
        return stats with { Memory = memory };
    }

    private static ContainerStats BlocksV2(ContainerStats stats, ReadOnlySpan<byte> message)
    {
        List<BlockIoEntry> bytes = [], operations = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field != 1) continue;
            ulong[] device = Numbers(reader.Bytes, 6);
            bytes.AddRange([new(device[0], device[1], "read", device[2]), new(device[0], device[1], "write", device[3])]);
            operations.AddRange([new(device[0], device[1], "read", device[4]), new(device[0], device[1], "write", device[5])]);
        }
        return stats with { BlockIoBytes = bytes, BlockIoOperations = operations };
    }

    private static List<BlockIoEntry> Blocks(ReadOnlySpan<byte> message, int field)
    {
        List<BlockIoEntry> entries = [];
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field != field) continue;
            string operation = "";
            ulong major = 0, minor = 0, value = 0;
            ProtobufReader entry = new(reader.Bytes);
            while (entry.Next())
            {
                switch (entry.Field)
                {
                    case 1: operation = entry.Text; break;
                    case 3: major = (ulong)entry.Number; break;
                    case 4: minor = (ulong)entry.Number; break;
                    case 5: value = (ulong)entry.Number; break;
                }
            }
            entries.Add(new(major, minor, operation, value));
        }
        return entries;
    }

    /// <summary>The fields from 1 on that are numbers.</summary>
    private static ulong[] Numbers(ReadOnlySpan<byte> message, int count)
    {
        ulong[] values = new ulong[count];
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field >= 1 && reader.Field <= count) values[reader.Field - 1] = (ulong)reader.Number;
        return values;
    }
}
