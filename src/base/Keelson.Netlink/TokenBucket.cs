using System.Runtime.InteropServices;

namespace Keelson.Netlink;

/// <summary>A rate at which a device sends. tc-tbf(8).</summary>
/// <param name="BytesPerSecond">The rate.</param>
/// <param name="BurstBytes">How much goes at once after a rest.</param>
/// <param name="QueueBytes">How much waits; more is dropped.</param>
public sealed record TokenBucket(ulong BytesPerSecond, uint BurstBytes, uint QueueBytes)
{
    internal const ushort RTM_NEWQDISC = 36;
    private const ushort TCA_KIND = 1, TCA_OPTIONS = 2, TCA_TBF_PARMS = 1, TCA_TBF_RATE64 = 4, TCA_TBF_BURST = 6;
    private const uint TC_H_ROOT = 0xffffffff;
    private const byte TC_LINKLAYER_ETHERNET = 1;

    /// <summary>Writes what follows the header of a request.</summary>
    internal void Write(ref MessageWriter message, int index)
    {
        message.Append(new TrafficHeader { Index = index, Parent = TC_H_ROOT });
        message.Attribute(TCA_KIND, "tbf");
        int options = message.BeginNest(TCA_OPTIONS);
        // The rate has 32 bits here; a larger one stands in full behind it.
        message.Attribute(TCA_TBF_PARMS, new TokenBucketOptions { Rate = new() { LinkLayer = TC_LINKLAYER_ETHERNET, Rate = (uint)Math.Min(BytesPerSecond, uint.MaxValue) }, Limit = QueueBytes });
        if (BytesPerSecond > uint.MaxValue) message.Attribute(TCA_TBF_RATE64, BytesPerSecond);
        message.Attribute(TCA_TBF_BURST, BurstBytes);
        message.EndNest(options);
    }
}

/// <summary><c>struct tcmsg</c>: the fixed part of messages about queues.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficHeader
{
    public byte Family;
    private readonly byte padding;
    private readonly ushort padding2;
    public int Index;
    public uint Handle, Parent, Information;
}

/// <summary><c>struct tc_ratespec</c>: a rate in bytes a second.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RateSpecification
{
    public byte CellLog, LinkLayer;
    public ushort Overhead;
    public short CellAlignment;
    public ushort MinimumPacket;
    public uint Rate;
}

/// <summary><c>struct tc_tbf_qopt</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TokenBucketOptions
{
    public RateSpecification Rate, PeakRate;
    public uint Limit, Buffer, Mtu;
}
