using Keelson.Docker;

namespace Keelson.Cli.Listing;

/// <summary>The ports of a container in one text; ports in a row are written as a range.</summary>
internal static class PortText
{
    /// <summary><c>0.0.0.0:8080-&gt;80/tcp, 90-92/tcp</c>.</summary>
    public static string Of(IReadOnlyCollection<Port> ports)
    {
        if (ports.Count == 0) return "";
        List<string> texts = [], moved = [];
        Dictionary<string, (ushort First, ushort Last)> groups = [];
        foreach (Port port in ports.OrderBy(p => p.PrivatePort).ThenBy(p => p.IP, StringComparer.Ordinal).ThenBy(p => p.PublicPort).ThenBy(p => p.Type, StringComparer.Ordinal))
        {
            string key = port.Type;
            if (port.IP is { } address)
            {
                if (port.PublicPort != port.PrivatePort)
                {
                    moved.Add($"{address}:{port.PublicPort}->{port.PrivatePort}/{port.Type}");
                    continue;
                }
                key = $"{address}/{port.Type}";
            }
            if (!groups.TryGetValue(key, out (ushort First, ushort Last) group)) groups[key] = (port.PrivatePort, port.PrivatePort);
            else if (port.PrivatePort == group.Last + 1) groups[key] = (group.First, port.PrivatePort);
            else
            {
                texts.Add(Form(key, group.First, group.Last));
                groups[key] = (port.PrivatePort, port.PrivatePort);
            }
        }
        foreach ((string key, (ushort first, ushort last)) in groups.OrderBy(g => g.Key, StringComparer.Ordinal)) texts.Add(Form(key, first, last));
        return string.Join(", ", texts.Concat(moved));
    }

    private static string Form(string key, ushort first, ushort last)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? "" : key[..slash], protocol = key[(slash + 1)..];
        string range = first == last ? $"{first}" : $"{first}-{last}";
        return address.Length > 0 ? $"{address}:{range}->{range}/{protocol}" : $"{range}/{protocol}";
    }
}
