using System.Globalization;
using System.Net;
using Keelson.Network;
using Keelson.Network.Ports;

namespace Keelson.Engine.Containers;

/// <summary>The published ports of a container, from what it was made with.</summary>
internal static class PortPlan
{
    /// <summary>What is published: what the settings bind, and with <see cref="HostSettings.PublishAllPorts"/> what is exposed besides.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a port or an address is none.</exception>
    public static IReadOnlyList<PortWish> Make(HostSettings host, ContainerSettings settings)
    {
        List<PortWish> wishes = [];
        foreach ((string text, IReadOnlyList<PortBinding>? bindings) in host.PortBindings ?? new Dictionary<string, IReadOnlyList<PortBinding>?>())
        {
            (byte protocol, int port) = Parse(text);
            foreach (PortBinding binding in bindings is { Count: > 0 } ? bindings : [new PortBinding()]) wishes.Add(Bind(protocol, port, binding));
        }
        if (!host.PublishAllPorts) return wishes;
        foreach (string text in settings.ExposedPorts?.Keys ?? [])
        {
            (byte protocol, int port) = Parse(text);
            if (!wishes.Any(wish => wish.Protocol == protocol && wish.ContainerPort == port)) wishes.Add(new(protocol, port));
        }
        return wishes;
    }

    /// <summary>Reads <c>80</c>, <c>80/udp</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no port.</exception>
    public static (byte Protocol, int Port) Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        byte protocol = (slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant()) switch
        {
            "tcp" or "" => PublishedPort.Tcp,
            "udp" => PublishedPort.Udp,
            "sctp" => PublishedPort.Sctp,
            string other => throw Invalid($"invalid proto: {other}"),
        };
        return ushort.TryParse(slash < 0 ? text : text[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? (protocol, port) : throw Invalid($"invalid port specification: \"{text}\"");
    }

    private static PortWish Bind(byte protocol, int port, PortBinding binding)
    {
        string at = binding.HostIp ?? "", range = binding.HostPort ?? "";
        IPAddress? address = at.Length == 0 ? null : IPAddress.TryParse(at, out IPAddress? parsed) ? parsed : throw Invalid($"invalid IP address: {at}");
        PortWish wish = new(protocol, port) { HostAddress = address };
        if (range.Length == 0) return wish;
        string[] ends = range.Split('-');
        if (ends.Length > 2 || !IsPort(ends[0], out int first) || !IsPort(ends[^1], out int last) || last < first) throw Invalid($"invalid port specification: \"{range}\"");
        return wish with { FirstPort = first, LastPort = last };
    }

    private static bool IsPort(string text, out int port)
    {
        bool isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number);
        port = number;
        return isPort;
    }

    private static KeelsonException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
