using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Ports as options have them: <c>[[address:]port[-port]:]port[-port][/protocol]</c>.</summary>
internal static class PortSpec
{
    private const int MostPorts = 65535;

    /// <summary>Adds what <c>--publish</c> says.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no port.</exception>
    public static void Publish(string text, Dictionary<string, PortBinding[]> bindings, Dictionary<string, EmptyObject> exposed)
    {
        (string rest, string protocol) = SplitProtocol(text);
        string address = "", published = "", inside;
        int last = rest.LastIndexOf(':');
        inside = rest[(last + 1)..];
        if (last >= 0)
        {
            string before = rest[..last];
            int colon = before.LastIndexOf(':');
            // An address of IPv6 is in brackets, or has more than one colon itself.
            if (colon >= 0 && !before.EndsWith(']')) (address, published) = (before[..colon].Trim('[', ']'), before[(colon + 1)..]);
            else if (before.EndsWith(']')) address = before.Trim('[', ']');
            else published = before;
        }
        if (address.Length > 0 && !System.Net.IPAddress.TryParse(address, out _)) throw Wrong("publish", text, $"'{address}' is no address");
        (int first, int end) = Range("publish", text, inside);
        (int hostFirst, int hostEnd) = published.Length > 0 ? Range("publish", text, published) : (0, 0);
        // One port inside may have a range outside, of which the engine takes one.
        bool choosesOne = first == end && hostFirst != hostEnd;
        if (published.Length > 0 && !choosesOne && hostEnd - hostFirst != end - first) throw Wrong("publish", text, "the ranges have different lengths");
        for (int port = first; port <= end; port++)
        {
            string key = $"{port}/{protocol}";
            string hostPort = published.Length == 0 ? "" : choosesOne ? $"{hostFirst}-{hostEnd}" : $"{hostFirst + port - first}";
            exposed[key] = EmptyObject.Value;
            bindings[key] = [.. bindings.GetValueOrDefault(key, []), new PortBinding { HostIp = address, HostPort = hostPort }];
        }
    }

    /// <summary>Adds what <c>--expose</c> says.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no port.</exception>
    public static void Expose(string text, Dictionary<string, EmptyObject> exposed)
    {
        (string rest, string protocol) = SplitProtocol(text);
        (int first, int end) = Range("expose", text, rest);
        for (int port = first; port <= end; port++) exposed[$"{port}/{protocol}"] = EmptyObject.Value;
    }

    private static (string Ports, string Protocol) SplitProtocol(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string protocol = slash < 0 ? "tcp" : text[(slash + 1)..].ToLowerInvariant();
        return protocol is "tcp" or "udp" or "sctp" ? (slash < 0 ? text : text[..slash], protocol) : throw Wrong("publish", text, $"'{protocol}' is no protocol");
    }

    private static (int First, int Last) Range(string option, string text, string range)
    {
        int dash = range.IndexOf('-', StringComparison.Ordinal);
        if (int.TryParse(dash < 0 ? range : range[..dash], out int first) && int.TryParse(range[(dash + 1)..], out int last) && first >= 0 && last >= first && last <= MostPorts) return (first, last);
        throw Wrong(option, text, $"'{range}' is no port");
    }

    private static KeelsonException Wrong(string option, string text, string cause) => new(ErrorKind.InvalidArgument, $"option --{option} {text}: {cause}");
}
