using System.Net;

namespace Keelson.Network.Bridge;

/// <summary>A container's end on a bridge.</summary>
public sealed record BridgeEndpoint
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>What its device is called in the container.</summary>
    public string Name { get; init; } = "eth0";

    /// <summary>Its address of IPv4; <see langword="null"/>: it has none.</summary>
    public IPAddress? Ipv4 { get; init; }

    /// <summary>Its address of IPv6; <see langword="null"/>: it has none.</summary>
    public IPAddress? Ipv6 { get; init; }

    /// <summary>Its address of the link layer, 6 bytes.</summary>
    public required ReadOnlyMemory<byte> HardwareAddress { get; init; }

    /// <summary>Whether what the container sends elsewhere goes by it.</summary>
    public bool IsGateway { get; init; } = true;

    /// <summary>What goes to it at most, in bits a second; <see langword="null"/>: no limit.</summary>
    public ulong? IngressBitsPerSecond { get; init; }

    /// <summary>What comes from it at most, in bits a second; <see langword="null"/>: no limit. It holds at the container's own device: who has CAP_NET_ADMIN there can lift it.</summary>
    public ulong? EgressBitsPerSecond { get; init; }

    /// <summary>What is set below <c>/proc/sys/net</c> for its device, whose name stands as <c>IFNAME</c>: <c>ipv4/conf/IFNAME/log_martians</c>.</summary>
    public IReadOnlyList<(string Path, string Value)> Sysctls { get; init; } = [];

    /// <summary>What its device is called on the host.</summary>
    public string HostName => HostNameOf(Id);

    /// <summary>What the device of an end is called on the host.</summary>
    public static string HostNameOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return "kv" + id[..13];
    }

    /// <summary>An address of the link layer that follows from one of IPv4, so that a container that comes again at its address is known; or from chance.</summary>
    public static byte[] MakeHardwareAddress(IPAddress? ipv4)
    {
        byte[] made = [0x02, 0x42, 0, 0, 0, 0];
        if (ipv4 is not null) ipv4.TryWriteBytes(made.AsSpan(2), out _);
        else Random.Shared.NextBytes(made.AsSpan(2));
        return made;
    }
}
