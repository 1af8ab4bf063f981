using System.Net;

namespace Keelson.Network.Ipam;

/// <summary>What somebody wants of the addresses of a network, for one family.</summary>
public sealed record IpamConfig
{
    /// <summary>The network; <see langword="null"/>: one is chosen.</summary>
    public IPNetwork? Subnet { get; init; }

    /// <summary>The part of it that addresses are chosen from; <see langword="null"/>: all of it.</summary>
    public IPNetwork? Range { get; init; }

    /// <summary>The address of the network's own end; <see langword="null"/>: the first one.</summary>
    public IPAddress? Gateway { get; init; }

    /// <summary>Addresses that others have, by name, and that nobody is given.</summary>
    public IReadOnlyDictionary<string, IPAddress> Auxiliary { get; init; } = new Dictionary<string, IPAddress>();

    /// <summary>What the plug-in that chooses its addresses calls it; <see langword="null"/>: they are chosen here.</summary>
    public string? PoolId { get; init; }

    /// <summary>Refuses what contradicts itself.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: what and why.</exception>
    public void Check()
    {
        if (Subnet is not { } subnet)
        {
            if (Range is not null || Gateway is not null || Auxiliary.Count > 0) throw Wrong("there is a range, a gateway or an auxiliary address, and no subnet");
            return;
        }
        if (Range is { } range && !subnet.Contains(range)) throw Wrong($"the range {range} is not in the subnet {subnet}");
        if (Gateway is { } gateway && !subnet.Contains(gateway)) throw Wrong($"the gateway {gateway} is not in the subnet {subnet}");
        foreach ((string name, IPAddress address) in Auxiliary)
            if (!subnet.Contains(address)) throw Wrong($"the auxiliary address {name}={address} is not in the subnet {subnet}");
    }

    private static KeelsonException Wrong(string reason) => new(ErrorKind.InvalidArgument, $"addresses of a network: {reason}");
}
