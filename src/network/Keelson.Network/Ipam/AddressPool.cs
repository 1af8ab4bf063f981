using System.Net;

namespace Keelson.Network.Ipam;

/// <summary>The addresses of one network, and which of them are taken.</summary>
/// <remarks>
/// An address that was given back comes last again, so that who still has it in a cache finds nobody at first. Of IPv4 the first address of the network and the last are nobody's, as are those of
/// IPv6 whose host part is zero.
/// </remarks>
public sealed class AddressPool
{
    private readonly SortedSet<UInt128> taken = [];
    private readonly UInt128 first, last;
    private UInt128 next;

    /// <summary>Makes a pool.</summary>
    /// <param name="network">The network.</param>
    /// <param name="range">The part that addresses are chosen from when nobody asks for a certain one; <see langword="null"/>: the whole network.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the range is not in the network, or no address is left in it.</exception>
    public AddressPool(IPNetwork network, IPNetwork? range = null)
    {
        if (range is { } part && !network.Contains(part)) throw new KeelsonException(ErrorKind.InvalidArgument, $"address pool {network}: the range {part} is not in it");
        (Network, Range) = (network, range);
        (UInt128 lowest, UInt128 highest) = Usable(network);
        IPNetwork chosen = range ?? network;
        (first, last) = (UInt128.Max(chosen.First, lowest), UInt128.Min(chosen.Last, highest));
        if (first > last) throw new KeelsonException(ErrorKind.InvalidArgument, $"address pool {network}: there is no address for anybody in {chosen}");
        next = first;
    }

    /// <summary>The network.</summary>
    public IPNetwork Network { get; }

    /// <summary>The part that addresses are chosen from; <see langword="null"/>: the whole network.</summary>
    public IPNetwork? Range { get; }

    /// <summary>How many addresses are taken.</summary>
    public int Count => taken.Count;

    /// <summary>Takes the next address that is free.</summary>
    /// <exception cref="KeelsonException">Exhausted: there is none.</exception>
    public IPAddress Take()
    {
        UInt128 found = NextFree(next, last) ?? NextFree(first, last) ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"address pool {Range ?? Network}: no address is free");
        taken.Add(found);
        next = found == last ? first : found + 1;
        return Addresses.Of(found, Network.IsIpv6);
    }

    /// <summary>Takes a certain address.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is not of the network. AlreadyExists: it is taken.</exception>
    public void Take(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        (UInt128 lowest, UInt128 highest) = Usable(Network);
        if (address.IsIpv6 != Network.IsIpv6 || address.Number < lowest || address.Number > highest) throw new KeelsonException(ErrorKind.InvalidArgument, $"address {address}: it is none that {Network} can give");
        if (!taken.Add(address.Number)) throw new KeelsonException(ErrorKind.AlreadyExists, $"address {address}: it is in use already");
    }

    /// <summary>Whether an address is taken.</summary>
    public bool IsTaken(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.IsIpv6 == Network.IsIpv6 && taken.Contains(address.Number);
    }

    /// <summary>Gives an address back; one that is not taken is left alone.</summary>
    public void Release(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIpv6 == Network.IsIpv6) taken.Remove(address.Number);
    }

    /// <summary>The first number from one on that is not taken; each address that is taken in between is stepped over once.</summary>
    private UInt128? NextFree(UInt128 from, UInt128 to)
    {
        UInt128 candidate = from;
        foreach (UInt128 other in taken.GetViewBetween(from, to))
        {
            if (other != candidate) break;
            if (candidate == to) return null;
            candidate++;
        }
        return candidate <= to ? candidate : null;
    }

    /// <summary>What somebody may have. RFC 919 section 7, RFC 4291 section 2.6.1, RFC 3021.</summary>
    private static (UInt128 First, UInt128 Last) Usable(IPNetwork network)
    {
        if (network.HostBits <= 1) return (network.First, network.Last);
        return (network.First + 1, network.IsIpv6 ? network.Last : network.Last - 1);
    }
}
