using System.Net;
using Keelson.Network.Dns;

namespace Keelson.Network.Control;

/// <summary>What a container knows its neighbours by: what they are called in the networks that they have in common, also with a network's name behind it.</summary>
/// <param name="index">Who is called how.</param>
/// <param name="networks">The networks of the container now, by identity and name.</param>
internal sealed class SandboxNames(NameIndex index, Func<IReadOnlyList<(string Id, string Name)>> networks) : INameSource
{
    public IReadOnlyList<IPAddress>? Resolve(string name)
    {
        List<IPAddress>? several = null;
        IReadOnlyList<IPAddress>? found = null;
        foreach ((string id, string network) in networks())
        {
            IReadOnlyList<IPAddress>? here = index.Find(id, name);
            int dot = name.Length - network.Length - 1;
            if (here is null && dot > 0 && name[dot] == '.' && name.EndsWith(network, StringComparison.OrdinalIgnoreCase)) here = index.Find(id, name[..dot]);
            if (here is null) continue;
            if (found is null) found = here;
            else (several ??= [.. found]).AddRange(here);
        }
        return several ?? found;
    }

    public string? Reverse(IPAddress address)
    {
        foreach ((string id, string network) in networks())
            if (index.Find(id, address) is { } name) return $"{name}.{network}";
        return null;
    }

    public IReadOnlyList<(string Host, ushort Port)>? Service(string name) => null;
}
