using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Formats that both versions of control groups use, and parsers that need no files. Lines of another form are passed over.</summary>
internal static class SharedStats
{
    /// <summary>No set of CPUs or nodes that a file names is larger: a damaged one cannot make us allocate without bound.</summary>
    private const int MaximumSet = 1 << 16;

    /// <summary>Lines of a name and a number.</summary>
    public static void Copy(ReadOnlySpan<byte> text, Dictionary<string, ulong> target)
    {
        KeyedNumbers lines = new(text);
        while (lines.TryNext(out ReadOnlySpan<byte> key, out ulong value)) target[Encoding.ASCII.GetString(key)] = value;
    }

    public static void Pids(CgroupDirectory directory, PidsStats pids)
    {
        if (directory.ReadOptionalNumber("pids.current") is not { } current) return;
        pids.Current = current;
        ulong limit = directory.ReadNumber("pids.max");
        pids.Limit = limit == CgroupDirectory.Unlimited ? 0 : limit;
    }

    /// <summary><c>mlx4_0 hca_handle=2 hca_object=max</c>, in v1 and v2.</summary>
    public static void Rdma(CgroupDirectory directory, Dictionary<string, RdmaStats> rdma)
    {
        if (directory.TryRead("rdma.current", out ReadOnlyMemory<byte> current) == Errno.None) ParseRdma(current.Span, rdma, limits: false);
        if (directory.TryRead("rdma.max", out ReadOnlyMemory<byte> max) == Errno.None) ParseRdma(max.Span, rdma, limits: true);
    }

    public static void ParseRdma(ReadOnlySpan<byte> text, Dictionary<string, RdmaStats> rdma, bool limits)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            int space = line.IndexOf((byte)' ');
            if (space <= 0) continue;
            string device = Encoding.UTF8.GetString(line[..space]);
            ulong handles = Value(line, "hca_handle="u8), objects = Value(line, "hca_object="u8);
            RdmaStats before = rdma.GetValueOrDefault(device);
            rdma[device] = limits ? before with { HandleLimit = handles, ObjectLimit = objects } : before with { Handles = handles, Objects = objects };
        }
    }

    /// <summary>A set as the kernel writes it: <c>0-3,7</c>.</summary>
    public static ushort[] ParseSet(ReadOnlySpan<byte> text)
    {
        List<ushort> set = [];
        text = text.TrimEnd((byte)'\n');
        foreach (Range range in text.Split((byte)','))
        {
            ReadOnlySpan<byte> part = text[range];
            if (!Utf8Parser.TryParse(part, out ushort first, out int used)) continue;
            ushort last = first;
            if (used < part.Length && (part[used] != '-' || !Utf8Parser.TryParse(part[(used + 1)..], out last, out _))) continue;
            for (int i = first; i <= last && set.Count < MaximumSet; i++) set.Add((ushort)i);
        }
        return [.. set];
    }

    /// <summary>v1: <c>8:0 Read 4096</c> or <c>8:0 4096</c>; the sum over all devices, <c>Total 4096</c>, is left out.</summary>
    public static void ParseBlockIo(ReadOnlySpan<byte> text, List<BlockIoEntry> entries)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (!TryDevice(line, out ulong major, out ulong minor, out ReadOnlySpan<byte> rest)) continue;
            int space = rest.IndexOf((byte)' ');
            ReadOnlySpan<byte> number = space < 0 ? rest : rest[(space + 1)..];
            if (!Utf8Parser.TryParse(number, out ulong value, out int used) || used != number.Length) continue;
            entries.Add(new(major, minor, space < 0 ? "" : Operation(rest[..space]), value));
        }
    }

    /// <summary>v2: <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6</c>, sorted into the tables of v1. Discards have none there.</summary>
    public static void ParseIoStat(ReadOnlySpan<byte> text, BlockIoStats io)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            if (!TryDevice(text[range], out ulong major, out ulong minor, out ReadOnlySpan<byte> rest)) continue;
            foreach (Range word in rest.Split((byte)' '))
            {
                ReadOnlySpan<byte> pair = rest[word];
                int equals = pair.IndexOf((byte)'=');
                if (equals < 0 || !Utf8Parser.TryParse(pair[(equals + 1)..], out ulong value, out int used) || equals + 1 + used != pair.Length) continue;
                ReadOnlySpan<byte> key = pair[..equals];
                if (key.SequenceEqual("rbytes"u8)) io.ServiceBytes.Add(new(major, minor, "Read", value));
                else if (key.SequenceEqual("wbytes"u8)) io.ServiceBytes.Add(new(major, minor, "Write", value));
                else if (key.SequenceEqual("rios"u8)) io.Serviced.Add(new(major, minor, "Read", value));
                else if (key.SequenceEqual("wios"u8)) io.Serviced.Add(new(major, minor, "Write", value));
            }
        }
    }

    /// <summary>The machine's huge page sizes as control files name them: <c>64KB</c>, <c>2MB</c>, <c>1GB</c>.</summary>
    public static List<string> HugepageSizes()
    {
        // hugepages-2048kB
        List<string> sizes = [];
        if (Directories.TryListDirectories("/sys/kernel/mm/hugepages", out List<string> names) != Errno.None) return sizes;
        foreach (string name in names)
            if (name.StartsWith("hugepages-", StringComparison.Ordinal) && name.EndsWith("kB", StringComparison.Ordinal)
                && ulong.TryParse(name.AsSpan(10, name.Length - 12), NumberStyles.None, null, out ulong kib))
                sizes.Add(kib >= 1 << 20 ? $"{kib >> 20}GB" : kib >= 1 << 10 ? $"{kib >> 10}MB" : $"{kib}KB");
        return sizes;
    }

    private static bool TryDevice(ReadOnlySpan<byte> line, out ulong major, out ulong minor, out ReadOnlySpan<byte> rest)
    {
        minor = 0;
        rest = default;
        if (!Utf8Parser.TryParse(line, out major, out int first) || first >= line.Length || line[first] != ':') return false;
        line = line[(first + 1)..];
        if (!Utf8Parser.TryParse(line, out minor, out int second) || second >= line.Length || line[second] != ' ') return false;
        rest = line[(second + 1)..];
        return true;
    }

    private static string Operation(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("Read"u8) ? "Read" : word.SequenceEqual("Write"u8) ? "Write" : word.SequenceEqual("Total"u8) ? "Total" : Encoding.UTF8.GetString(word);

    private static ulong Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        int at = line.IndexOf(key);
        if (at < 0) return 0;
        ReadOnlySpan<byte> value = line[(at + key.Length)..];
        return value.StartsWith("max"u8) ? CgroupDirectory.Unlimited : Utf8Parser.TryParse(value, out ulong number, out _) ? number : 0;
    }
}
