using System.Net;

namespace Keelson.Network.Ipam;

/// <summary>Networks that are given to who does not say which, from larger ones.</summary>
public sealed class PoolDirectory
{
    /// <summary>Most networks of one source that are tried: those of a /8 in pieces of /24.</summary>
    private const int AttemptLimit = 1 << 16;

    private readonly IReadOnlyList<PoolSource> sources;

    /// <summary>Makes a directory.</summary>
    /// <param name="sources">Where networks come from, in order.</param>
    public PoolDirectory(IReadOnlyList<PoolSource> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        this.sources = sources;
    }

    /// <summary>What dockerd gives: 172.17.0.0/16 to 172.31.0.0/16, then pieces of /20 of 192.168.0.0/16.</summary>
    public static IReadOnlyList<PoolSource> Standard { get; } = [.. Enumerable.Range(17, 15).Select(second => new PoolSource(new(new IPAddress([172, (byte)second, 0, 0]), 16), 16)), new(IPNetwork.Parse("192.168.0.0/16"), 20)];

    /// <summary>A network of local addresses of IPv6 that is one host's own. RFC 4193.</summary>
    /// <param name="identity">What tells the host from others; its first five bytes are used.</param>
    public static PoolSource LocalOf(ReadOnlySpan<byte> identity)
    {
        byte[] address = new byte[16];
        address[0] = 0xfd;
        identity[..5].CopyTo(address.AsSpan(1));
        return new(new(new IPAddress(address), 48), 64);
    }

    /// <summary>Chooses a network.</summary>
    /// <param name="isIpv6">Which family.</param>
    /// <param name="isUsed">Whether a network overlaps with one that is in use: of another network of containers, or on a route of the host.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: all are in use.</exception>
    public IPNetwork Choose(bool isIpv6, Func<IPNetwork, bool> isUsed)
    {
        ArgumentNullException.ThrowIfNull(isUsed);
        foreach (PoolSource source in sources.Where(source => source.Base.IsIpv6 == isIpv6))
        {
            UInt128 step = UInt128.One << ((isIpv6 ? 128 : 32) - source.PieceLength);
            UInt128 start = source.Base.First;
            for (int i = 0; i < AttemptLimit && start <= source.Base.Last; i++, start += step)
            {
                IPNetwork candidate = new(Addresses.Of(start, isIpv6), source.PieceLength);
                if (!isUsed(candidate)) return candidate;
                if (start > source.Base.Last - (step - 1)) break;
            }
        }
        throw new KeelsonException(ErrorKind.FailedPrecondition, $"choose a network of {(isIpv6 ? "IPv6" : "IPv4")}: all predefined address pools have been fully subnetted");
    }
}

/// <summary>A network that smaller ones are cut from.</summary>
/// <param name="Base">The network.</param>
/// <param name="PieceLength">Length of the prefix of a piece, in bits.</param>
public readonly record struct PoolSource(IPNetwork Base, int PieceLength);
