using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Keelson.Cni;

/// <summary>Results as text. CNI 1.1 "Success"; until 0.4 each address said as well which version of IP it is of.</summary>
public static class CniResultText
{
    private const int LimitBytes = CniJson.LimitBytes;

    /// <summary>Reads a result of any version that is spoken.</summary>
    /// <exception cref="CniException">CannotDecode: it is none.</exception>
    public static CniResult Read(ReadOnlyMemory<byte> text) => Read(CniJson.Parse(text, "result"));

    /// <summary>Writes a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="version">The version that is asked for.</param>
    public static byte[] Write(CniResult result, string version)
    {
        ArgumentNullException.ThrowIfNull(result);
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text)) Write(writer, result, version);
        return text.ToArray();
    }

    internal static CniResult Read(JsonElement element)
    {
        List<CniInterface> interfaces = [.. element.Parts("interfaces").Select(item => new CniInterface(item.Text("name") ?? "")
        {
            HardwareAddress = item.Text("mac") ?? "", Sandbox = item.Text("sandbox") ?? "", Mtu = (uint)(item.Number("mtu", uint.MaxValue) ?? 0),
        })];
        return new()
        {
            Interfaces = interfaces,
            Addresses = [.. element.Parts("ips").Select(item => AddressIn(item, interfaces.Count))],
            Routes = [.. element.Parts("routes").Select(RouteIn)],
            Dns = element.Part("dns") is { } dns ? DnsIn(dns) : new(),
        };
    }

    internal static CniRoute RouteIn(JsonElement route)
    {
        IPNetwork destination = CniJson.SubnetOf(route.Text("dst"), "routes: dst").Network;
        IPAddress? gateway = route.Address("gw");
        return gateway is null || gateway.IsIpv6 == destination.IsIpv6 ? new(destination) { Gateway = gateway } : throw CniJson.Wrong($"routes: the gateway {gateway} is not of the family of {destination}");
    }

    internal static CniDns DnsIn(JsonElement dns) => new() { NameServers = dns.Texts("nameservers"), Domain = dns.Text("domain") ?? "", Search = dns.Texts("search"), Options = dns.Texts("options") };

    internal static void Write(Utf8JsonWriter writer, CniResult result, string version)
    {
        writer.WriteStartObject();
        writer.WriteString("cniVersion", version);
        if (result.Interfaces.Count > 0)
        {
            writer.WriteStartArray("interfaces");
            foreach (CniInterface device in result.Interfaces)
            {
                writer.WriteStartObject();
                writer.WriteString("name", device.Name);
                if (device.HardwareAddress.Length > 0) writer.WriteString("mac", device.HardwareAddress);
                if (device.Mtu > 0 && CniVersions.IsAtLeast(version, "1.1.0")) writer.WriteNumber("mtu", device.Mtu);
                if (device.Sandbox.Length > 0) writer.WriteString("sandbox", device.Sandbox);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (result.Addresses.Count > 0)
        {
            writer.WriteStartArray("ips");
            foreach (CniAddress address in result.Addresses)
            {
                writer.WriteStartObject();
                if (CniVersions.SaysFamily(version)) writer.WriteString("version", address.Address.IsIpv6 ? "6" : "4");
                writer.WriteString("address", string.Create(CultureInfo.InvariantCulture, $"{address.Address}/{address.PrefixLength}"));
                if (address.Gateway is not null) writer.WriteString("gateway", address.Gateway.ToString());
                if (address.Interface is { } place) writer.WriteNumber("interface", place);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        if (result.Routes.Count > 0)
        {
            writer.WriteStartArray("routes");
            foreach (CniRoute route in result.Routes)
            {
                writer.WriteStartObject();
                writer.WriteString("dst", route.Destination.ToString());
                if (route.Gateway is not null) writer.WriteString("gw", route.Gateway.ToString());
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        Write(writer, result.Dns);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CniDns dns)
    {
        writer.WriteStartObject("dns");
        foreach ((string name, IReadOnlyList<string> values) in ((string, IReadOnlyList<string>)[])[("nameservers", dns.NameServers), ("search", dns.Search), ("options", dns.Options)])
        {
            if (values.Count == 0) continue;
            writer.WriteStartArray(name);
            foreach (string value in values) writer.WriteStringValue(value);
            writer.WriteEndArray();
        }
        if (dns.Domain.Length > 0) writer.WriteString("domain", dns.Domain);
        writer.WriteEndObject();
    }

    private static CniAddress AddressIn(JsonElement item, int interfaces)
    {
        (IPAddress address, IPNetwork network) = CniJson.SubnetOf(item.Text("address"), "ips: address");
        IPAddress? gateway = item.Address("gateway");
        if (gateway is not null && gateway.IsIpv6 != address.IsIpv6) throw CniJson.Wrong($"ips: the gateway {gateway} is not of the family of {address}");
        int? place = (int?)item.Number("interface", LimitBytes);
        if (place >= interfaces) throw CniJson.Wrong($"ips: {address} is of interface {place}, and there are {interfaces}");
        return new(address, network.PrefixLength) { Gateway = gateway, Interface = place };
    }
}
