using System.Net;
using Keelson.Network.Records;

namespace Keelson.Engine.Networks;

/// <summary>Networks by name, which containers join.</summary>
public interface INetworkService
{
    /// <summary>The network of a container that names none: <c>bridge</c>, or <c>none</c>.</summary>
    string Default { get; }

    /// <summary>What <c>host-gateway</c> stands for; <see langword="null"/>: nothing.</summary>
    IPAddress? HostGateway { get; }

    /// <summary>All networks, by name.</summary>
    IReadOnlyList<NetworkRecord> List();

    /// <summary>A network by its identity, its name, or the beginning of its identity when that is of one alone.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: several begin so.</exception>
    NetworkRecord Find(string reference);

    /// <summary>Whether a network is every engine's, and is not removed.</summary>
    bool IsPredefined(NetworkRecord network);

    /// <summary>All that is known of networks, and what of it the kernel does not have, as JSON: <see cref="Keelson.Network.Diagnosis.NetworkState"/>.</summary>
    Task<byte[]> DiagnoseAsync(CancellationToken cancel = default);

    /// <summary>Makes a network.</summary>
    /// <param name="wish">What is wanted; its identity and time are chosen.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">AlreadyExists, InvalidArgument, NotFound (no such driver), FailedPrecondition (its addresses are in use). Nothing is left of it.</exception>
    Task<NetworkRecord> CreateAsync(NetworkRecord wish, CancellationToken cancel = default);

    /// <summary>Removes a network that no running container is in.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: somebody is in it. PermissionDenied: it is every engine's.</exception>
    Task RemoveAsync(string reference, CancellationToken cancel = default);

    /// <summary>Removes networks that no running container is in.</summary>
    /// <param name="filter">Which of them.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Their names.</returns>
    Task<IReadOnlyList<string>> PruneAsync(Func<NetworkRecord, bool> filter, CancellationToken cancel = default);

    /// <summary>The networks and ports of a container that runs; <see langword="null"/>: it has none of its own now.</summary>
    SandboxRecord? SandboxOf(string containerId);

    /// <summary>The running containers that are in a network, and their ends.</summary>
    IReadOnlyList<(string ContainerId, EndpointRecord Endpoint)> Endpoints(string networkId);
}
