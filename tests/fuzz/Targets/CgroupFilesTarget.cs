using System.Text;
using Keelson.Cgroups;

namespace Keelson.Fuzz.Targets;

/// <summary>Control files of cgroups, and <c>/proc/PID/cgroup</c>; each input is read as every kind.</summary>
internal sealed class CgroupFilesTarget : IFuzzTarget
{
    public string Name => "cgroup-files";

    public void Run(ReadOnlySpan<byte> input)
    {
        int lines = input.Count((byte)'\n') + 1;
        KeyedNumbers numbers = new(input);
        int pairs = 0;
        while (numbers.TryNext(out ReadOnlySpan<byte> key, out _))
            if (key.IsEmpty || ++pairs > lines)
                throw new InvalidOperationException("a key is empty, or there are more than lines");
        Below(lines, CgroupMembership.Parse(input).Count);
        foreach ((_, string path) in CgroupMembership.Parse(input))
            if (!path.StartsWith('/'))
                throw new InvalidOperationException("a relative path");

        _ = PressureStats.Parse(input);
        List<BlockIoEntry> entries = [];
        SharedStats.ParseBlockIo(input, entries);
        Below(lines, entries.Count);
        BlockIoStats io = new();
        SharedStats.ParseIoStat(input, io);
        Below(input.Length, io.ServiceBytes.Count + io.Serviced.Count);
        Dictionary<string, RdmaStats> rdma = [];
        SharedStats.ParseRdma(input, rdma, limits: true);
        Below(lines, rdma.Count);
        Below(1 << 16, SharedStats.ParseSet(input).Length);
        Refusable(input, static text => DevicePolicy.ParseList(text));
        Refusable(input, static text => CgroupPath.Parse(Encoding.UTF8.GetString(text)));
        Refusable(input, static text => Cgroup.Open(Encoding.UTF8.GetString(text).Split('\n')));
    }

    private static void Below(int bound, int count)
    {
        if (count > bound) throw new InvalidOperationException($"{count} results, at most {bound} can be");
    }

    private static void Refusable(ReadOnlySpan<byte> input, Reader read)
    {
        try
        {
            read(input);
        }
        catch (KeelsonException)
        {
            // Refused, as it should be.
        }
    }

    private delegate void Reader(ReadOnlySpan<byte> text);
}
