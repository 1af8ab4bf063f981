using System.Net;
using System.Net.NetworkInformation;
using Keelson.Network.Ipam;

namespace Keelson.Network.Remote;

/// <summary>What plug-ins write as text, and is not taken as it comes.</summary>
/// <param name="plugin">What the plug-in is called.</param>
/// <param name="method">The method that it answers to: <c>NetworkDriver.Join</c>.</param>
internal readonly struct PluginText(string plugin, string method)
{
    private const int HardwareBytes = 6;

    /// <summary>An address, with or without its network; <see langword="null"/>: there is none.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is no address.</exception>
    public IPAddress? Address(string? text) => string.IsNullOrEmpty(text) ? null : IPAddress.TryParse(text.Split('/')[0], out IPAddress? address) ? address : throw Wrong(text, "address");

    /// <summary>A network.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is no network.</exception>
    public IPNetwork Network(string? text) => IPNetwork.TryParse(text, out IPNetwork network) ? network : throw Wrong(text, "network");

    /// <summary>A network of one family.</summary>
    /// <inheritdoc cref="Network(string?)" path="/exception"/>
    public IPNetwork Network(string? text, bool isIpv6) => IPNetwork.TryParse(text, out IPNetwork network) && network.IsIpv6 == isIpv6 ? network : throw Wrong(text, isIpv6 ? "network of IPv6" : "network of IPv4");

    /// <summary>An address of the link layer, as 12 hexadecimal digits; <see langword="null"/>: there is none.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is no such address.</exception>
    public string? Hardware(string? text) => string.IsNullOrEmpty(text) ? null
        : PhysicalAddress.TryParse(text, out PhysicalAddress? address) && address.GetAddressBytes() is { Length: HardwareBytes } bytes ? Convert.ToHexString(bytes) : throw Wrong(text, "address of the link layer");

    private KeelsonException Wrong(string? text, string kind)
    {
        const int Shown = 100;
        return new(ErrorKind.DataLoss, $"plug-in {plugin}: {method}: '{(text?.Length > Shown ? text[..Shown] + "…" : text)}' is no {kind}");
    }
}
