using System.Net;
using Keelson.Network.Dns;
using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <summary>What a container knows its neighbours by: what they are called in the networks that they have in common, also with a network's name behind it.</summary>
/// <param name="index">Who is called how.</param>
/// <param name="networks">The networks of the container now, and in each the names that it alone uses.</param>
internal sealed class SandboxNames(NameIndex index, Func<IReadOnlyList<(NetworkRecord Network, IReadOnlyDictionary<string, string> Links)>> networks) : INameSource
{
    public IReadOnlyList<IPAddress>? Resolve(string name)
    {
        List<IPAddress>? several = null;
        IReadOnlyList<IPAddress>? found = null;
        foreach ((NetworkRecord network, IReadOnlyDictionary<string, string> links) in networks())
        {
            IReadOnlyList<IPAddress>? here = index.Find(network.Id, Linked(links, name));
            int dot = name.Length - network.Name.Length - 1;
            if (here is null && dot > 0 && name[dot] == '.' && name.EndsWith(network.Name, StringComparison.OrdinalIgnoreCase)) here = index.Find(network.Id, Linked(links, name[..dot]));
            if (here is null) continue;
            if (found is null) found = here;
            else (several ??= [.. found]).AddRange(here);
        }
        return several ?? found;
    }

    public string? Reverse(IPAddress address)
    {
        foreach ((NetworkRecord network, _) in networks())
            if (index.Find(network.Id, address) is { } name) return $"{name}.{network.Name}";
        return null;
    }

    public IReadOnlyList<(string Host, ushort Port)>? Service(string name) => null;

    private static string Linked(IReadOnlyDictionary<string, string> links, string name)
    {
        foreach ((string alias, string target) in links)
            if (alias.Equals(name, StringComparison.OrdinalIgnoreCase)) return target;
        return name;
    }
}
