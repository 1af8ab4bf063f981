using System.Net;
using Keelson.Network.Records;

namespace Keelson.Network.Diagnosis;

/// <summary>All that a controller knows at one moment, and what of it the kernel does not have.</summary>
public sealed record NetworkState
{
    /// <summary>Names of the drivers that are at hand; those of plug-ins come when they are needed.</summary>
    public required IReadOnlyList<string> Drivers { get; init; }

    /// <summary>All networks, by name.</summary>
    public required IReadOnlyList<NetworkRecord> Networks { get; init; }

    /// <summary>The containers that have networks, by identity.</summary>
    public required IReadOnlyList<ContainerState> Containers { get; init; }

    /// <summary>Ports of the host that are held: <c>0.0.0.0:8080/tcp</c>.</summary>
    public required IReadOnlyList<string> HeldPorts { get; init; }

    /// <summary>What is not as it is written down, a sentence each; empty: all is well.</summary>
    public required IReadOnlyList<string> Findings { get; init; }
}

/// <summary>The networks of one container.</summary>
public sealed record ContainerState
{
    /// <summary>What is written down.</summary>
    public required SandboxRecord Record { get; init; }

    /// <summary>Whether its questions for names come here.</summary>
    public required bool IsServed { get; init; }

    /// <summary>Its ports that this process passes on, and to where: <c>[::]:8080/tcp</c> and <c>172.17.0.2:80</c>.</summary>
    public required IReadOnlyDictionary<string, string> Passed { get; init; }

    /// <summary>Whether something of it could not be taken away.</summary>
    public required bool IsUnclosed { get; init; }

    /// <summary>The names that it is found by, in each of its networks, and the addresses that they stand for.</summary>
    public required IReadOnlyList<KnownName> Names { get; init; }
}

/// <summary>What a name stands for.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Name">The name, in small letters.</param>
/// <param name="Addresses">Of all that are called so there.</param>
public sealed record KnownName(string Network, string Name, IReadOnlyList<IPAddress> Addresses);
