using Keelson.Docker;

namespace Keelson.Cli.Commands.Networks;

/// <summary>Networks and who is in them.</summary>
/// <param name="Networks">The networks, by name.</param>
internal sealed record NetworkGraph(IReadOnlyList<NetworkGraph.Network> Networks)
{
    /// <summary>A network.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Driver">Who lays it.</param>
    /// <param name="Subnets">Its addresses.</param>
    /// <param name="IsInternal">Whether there is no way out of it.</param>
    /// <param name="Ends">The containers that are in it, by name.</param>
    public sealed record Network(string Name, string Driver, IReadOnlyList<string> Subnets, bool IsInternal, IReadOnlyList<End> Ends);

    /// <summary>A container in a network.</summary>
    /// <param name="Container">Its name.</param>
    /// <param name="Addresses">Its addresses there.</param>
    /// <param name="Ports">Ports of the host that lead to it: <c>0.0.0.0:8080 → 80/tcp</c>.</param>
    public sealed record End(string Container, IReadOnlyList<string> Addresses, IReadOnlyList<string> Ports);

    /// <summary>Asks an engine.</summary>
    /// <param name="client">The engine.</param>
    /// <param name="names">The networks; none: all that somebody is in, or that somebody made.</param>
    public static NetworkGraph Read(DockerClient client, IReadOnlyList<string> names)
    {
        Dictionary<string, IReadOnlyList<string>> ports = [];
        foreach (ContainerSummary container in client.ListContainers())
            ports[container.Id] = [.. (container.Ports ?? []).Where(port => port.PublicPort > 0).Select(port => $"{port.IP}:{port.PublicPort} → {port.PrivatePort}/{port.Type}").Order(StringComparer.Ordinal)];
        IEnumerable<string> asked = names.Count > 0 ? names : client.ListNetworks().Select(network => network.Id);
        List<Network> networks = [];
        foreach (string name in asked)
        {
            NetworkResource network = client.InspectNetwork(name);
            List<End> ends = [.. (network.Containers ?? []).Select(pair => new End(pair.Value.Name, [.. ((string[])[pair.Value.IPv4Address, pair.Value.IPv6Address]).Where(address => address.Length > 0)], ports.GetValueOrDefault(pair.Key, [])))
                .OrderBy(end => end.Container, StringComparer.Ordinal)];
            if (names.Count > 0 || ends.Count > 0 || network.Name is not ("none" or "host")) networks.Add(new(network.Name, network.Driver, [.. (network.IPAM.Config ?? []).Select(config => config.Subnet).OfType<string>()], network.Internal, ends));
        }
        return new([.. networks.OrderBy(network => network.Name, StringComparer.Ordinal)]);
    }

    /// <summary>The graph as lines of text.</summary>
    public string Text()
    {
        System.Text.StringBuilder text = new();
        foreach (Network network in Networks)
        {
            text.Append(Title(network)).Append('\n');
            int width = network.Ends.Count == 0 ? 0 : network.Ends.Max(end => end.Container.Length);
            for (int i = 0; i < network.Ends.Count; i++)
            {
                End end = network.Ends[i];
                text.Append(i == network.Ends.Count - 1 ? "└─ " : "├─ ").Append(end.Container.PadRight(width)).Append("  ").AppendJoin(' ', end.Addresses);
                if (end.Ports.Count > 0) text.Append("  ").AppendJoin(", ", end.Ports);
                text.Append('\n');
            }
        }
        return text.ToString();
    }

    /// <summary>The line of a network.</summary>
    public static string Title(Network network) => string.Join("  ", ((string[])[network.Name, network.Driver + (network.IsInternal ? ", internal" : ""), .. network.Subnets]).Where(word => word.Length > 0));
}
