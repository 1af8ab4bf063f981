using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Cni.Client;
using Keelson.Network;
using Keelson.Network.Control;
using Keelson.Network.Records;

namespace Keelson.Cni.Driver;

/// <summary>What a container wants, as plug-ins are told it. CNI "Conventions and capabilities".</summary>
internal static class CniWishes
{
    private const string Ports = "portMappings", Addresses = "ips", HardwareAddress = "mac", Bandwidth = "bandwidth", Aliases = "aliases";

    /// <summary>The least that goes at once where bandwidth is limited, in bits: 128 KiB.</summary>
    private const ulong LeastBurstBits = 128 << 13;

    /// <summary>The most: plug-ins count it in 32 bits.</summary>
    private const ulong MostBurstBits = 1UL << 31;

    /// <summary>What is told, as JSON, by the capability that it is for.</summary>
    /// <exception cref="CniException">InvalidConfiguration: something is wanted that no plug-in of the network takes.</exception>
    public static Dictionary<string, string> Of(CniNetwork found, EndpointRecord endpoint, SandboxRecord sandbox)
    {
        Dictionary<string, string> wishes = [];
        if (sandbox.Ports.Count > 0)
        {
            Need(found, Ports, "published ports");
            wishes[Ports] = Write(writer => Write(writer, sandbox.Ports));
        }
        if (endpoint.Ipv4 is not null || endpoint.Ipv6 is not null)
        {
            // An address of IPv4 alone can be told by CNI_ARGS as well, and what was not heeded is seen by the result.
            wishes[Addresses] = Write(writer =>
            {
                writer.WriteStartArray();
                foreach (IPAddress? address in (IPAddress?[])[endpoint.Ipv4, endpoint.Ipv6])
                    if (address is not null) writer.WriteStringValue(address.ToString());
                writer.WriteEndArray();
            });
        }
        if (endpoint.HardwareAddress.Length > 0) wishes[HardwareAddress] = Write(writer => writer.WriteStringValue(Hardware(endpoint.HardwareAddress)));
        if (EndpointOptions.HasLimits(endpoint.Options))
        {
            Need(found, Bandwidth, "limits of bandwidth");
            wishes[Bandwidth] = Write(writer => Write(writer, EndpointOptions.Limits(endpoint.Options)));
        }
        if (endpoint.Aliases.Count > 0)
        {
            wishes[Aliases] = Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray(found.Name);
                foreach (string alias in endpoint.Aliases) writer.WriteStringValue(alias);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }
        return wishes;
    }

    /// <summary>A hardware address as plug-ins read it.</summary>
    public static string Hardware(string digits) => string.Join(':', digits.Chunk(2).Select(pair => new string(pair).ToLowerInvariant()));

    private static void Need(CniNetwork found, string capability, string what)
    {
        if (!found.Has(capability)) throw new CniException(CniErrorCode.InvalidConfiguration, $"CNI network {found.Name}: no plug-in of it has the capability {capability}, and {what} are asked for");
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<PortRecord> ports)
    {
        writer.WriteStartArray();
        foreach (PortRecord port in ports)
        {
            // At all addresses of both families is said by none.
            bool isBoth = port.HostAddress is "0.0.0.0" or "::" && ports.Any(other => other.HostAddress is "0.0.0.0" or "::" && other.HostAddress != port.HostAddress && other with { HostAddress = port.HostAddress } == port);
            if (isBoth && port.HostAddress == "::") continue;
            writer.WriteStartObject();
            writer.WriteNumber("hostPort", port.HostPort);
            writer.WriteNumber("containerPort", port.ContainerPort);
            writer.WriteString("protocol", PublishedPort.Name(port.Protocol));
            if (!isBoth) writer.WriteString("hostIP", port.HostAddress);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, (ulong? Ingress, ulong? Egress) limits)
    {
        writer.WriteStartObject();
        foreach ((string name, ulong? rate) in ((string, ulong?)[])[("ingress", limits.Ingress), ("egress", limits.Egress)])
        {
            if (rate is not { } bits) continue;
            writer.WriteNumber(name + "Rate", bits);
            writer.WriteNumber(name + "Burst", Math.Clamp(bits / 10, LeastBurstBits, MostBurstBits));
        }
        writer.WriteEndObject();
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text)) write(writer);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
