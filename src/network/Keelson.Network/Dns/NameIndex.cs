using System.Collections.Concurrent;
using System.Net;

namespace Keelson.Network.Dns;

/// <summary>Who is called how in which network. A question is one look into a table, however many there are.</summary>
public sealed class NameIndex
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<(string Network, string Name), IPAddress[]> addresses = new();
    private readonly ConcurrentDictionary<(string Network, IPAddress Address), string> names = new();

    /// <summary>Adds a container's end.</summary>
    /// <param name="network">The network's identity.</param>
    /// <param name="called">What the container is called there, its own name first.</param>
    /// <param name="at">Its addresses.</param>
    public void Add(string network, IReadOnlyList<string> called, IReadOnlyList<IPAddress> at)
    {
        ArgumentNullException.ThrowIfNull(called);
        ArgumentNullException.ThrowIfNull(at);
        lock (gate)
        {
            foreach (string name in Distinct(called)) addresses.AddOrUpdate((network, name), [.. at], (_, others) => [.. others.Union(at)]);
            if (called.Count > 0)
                foreach (IPAddress address in at) names[(network, address)] = called[0];
        }
    }

    /// <summary>Takes a container's end out.</summary>
    public void Remove(string network, IReadOnlyList<string> called, IReadOnlyList<IPAddress> at)
    {
        ArgumentNullException.ThrowIfNull(called);
        ArgumentNullException.ThrowIfNull(at);
        lock (gate)
        {
            foreach (string name in Distinct(called))
            {
                if (!addresses.TryGetValue((network, name), out IPAddress[]? others)) continue;
                IPAddress[] rest = [.. others.Except(at)];
                if (rest.Length > 0) addresses[(network, name)] = rest;
                else addresses.TryRemove((network, name), out _);
            }
            foreach (IPAddress address in at) names.TryRemove((network, address), out _);
        }
    }

    /// <summary>The addresses of a name in a network; <see langword="null"/>: nobody there is called so.</summary>
    /// <param name="network">The network's identity.</param>
    /// <param name="name">In small letters.</param>
    public IReadOnlyList<IPAddress>? Find(string network, string name) => addresses.GetValueOrDefault((network, name));

    /// <summary>The name of an address in a network; <see langword="null"/>: nobody there has it.</summary>
    public string? Find(string network, IPAddress address) => names.GetValueOrDefault((network, address));

    private static IEnumerable<string> Distinct(IReadOnlyList<string> called) => called.Select(name => name.ToLowerInvariant()).Distinct(StringComparer.Ordinal);
}
