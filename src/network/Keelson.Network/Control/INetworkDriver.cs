using Keelson.Network.Records;

namespace Keelson.Network.Control;

/// <summary>Lays networks of one kind.</summary>
public interface INetworkDriver
{
    /// <summary>What it is called in the records of its networks.</summary>
    string Name { get; }

    /// <summary>Whether its networks have addresses that are chosen, and containers devices in them.</summary>
    bool HasAddresses { get; }

    /// <summary>Whether it limits how much goes to and from an end.</summary>
    bool LimitsBandwidth => false;

    /// <summary>Whether addresses of its ends, and those of the link layer, are the driver's to choose, and none is chosen for it.</summary>
    bool ChoosesAddresses => false;

    /// <summary>Whether ports are published as a container joins, by whoever lays the network, and stay as they are until it leaves.</summary>
    bool PublishesAtJoin => false;

    /// <summary>Whether containers of a network may not speak to each other, but for those that <see cref="AllowAsync"/> names.</summary>
    bool PartsNeighbours(NetworkRecord network) => false;

    /// <summary>How what comes to published ports of a network gets to its containers.</summary>
    PortPassing Passing(NetworkRecord network) => PortPassing.ByRules;

    /// <summary>Refuses a network that it cannot lay.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: why.</exception>
    void Check(NetworkRecord network);

    /// <summary>Lays a network, or completes one that is laid in part.</summary>
    ValueTask LayAsync(NetworkRecord network, CancellationToken cancel);

    /// <summary>Takes a network away; one that is not laid, or in part, is no error.</summary>
    ValueTask RemoveAsync(NetworkRecord network, CancellationToken cancel);

    /// <summary>Joins a container; what could not be made whole is taken back.</summary>
    /// <returns>The end, with what the driver has chosen of it.</returns>
    ValueTask<EndpointRecord> JoinAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel);

    /// <summary>Takes a container out; one that is not in is no error.</summary>
    ValueTask LeaveAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, CancellationToken cancel);

    /// <summary>Has what a container sends elsewhere go by this network, in place of whatever it went by before.</summary>
    ValueTask LeadAsync(NetworkRecord network, EndpointRecord endpoint, SandboxRecord sandbox, bool isIpv6, CancellationToken cancel);

    /// <summary>Publishes some ports and others no more, in one change.</summary>
    /// <param name="network">The network.</param>
    /// <param name="added">Those that are published from now on.</param>
    /// <param name="removed">Those that are so no more.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask PublishAsync(NetworkRecord network, IReadOnlyList<PublishedPort> added, IReadOnlyList<PublishedPort> removed, CancellationToken cancel);

    /// <summary>Tells that a container reaches elsewhere, and is reached from there, by this end.</summary>
    /// <param name="network">The network.</param>
    /// <param name="endpoint">The end.</param>
    /// <param name="ports">The ports that are published.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask OpenOutsideAsync(NetworkRecord network, EndpointRecord endpoint, IReadOnlyList<PortRecord> ports, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Tells that it does so no more, or with other ports from now on.</summary>
    ValueTask CloseOutsideAsync(NetworkRecord network, EndpointRecord endpoint, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>Lets containers of a network that may not speak to each other open connections nonetheless.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pairs">Who to whom, in place of whoever might before.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask AllowAsync(NetworkRecord network, IReadOnlyList<(EndpointRecord From, EndpointRecord To)> pairs, CancellationToken cancel) => ValueTask.CompletedTask;

    /// <summary>What of a network is not in the kernel as it should be, a sentence each.</summary>
    /// <param name="network">The network, which is laid.</param>
    /// <param name="ends">Who is in it.</param>
    IReadOnlyList<string> Findings(NetworkRecord network, IReadOnlyList<(SandboxRecord Sandbox, EndpointRecord Endpoint)> ends) => [];

    /// <summary>Waits until somebody else has taken away something that this one laid; then <see cref="RestoreAsync"/> is asked for. One that nobody can take anything from waits for ever.</summary>
    Task DisturbedAsync(CancellationToken cancel);

    /// <summary>Makes what there is of its networks what it should be: at the start, and when others have changed it.</summary>
    /// <param name="networks">All of them.</param>
    /// <param name="ports">All ports that are published, with their networks.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask RestoreAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel);

    /// <summary>Knows of what was laid before, and lays it only where others have taken all of it away.</summary>
    /// <inheritdoc cref="RestoreAsync"/>
    ValueTask RecallAsync(IReadOnlyList<NetworkRecord> networks, IReadOnlyList<(NetworkRecord Network, PublishedPort Port)> ports, CancellationToken cancel) => RestoreAsync(networks, ports, cancel);

    /// <summary>Takes away what it still has of ends that are nobody's: their containers are gone, with the machine's last start for one.</summary>
    /// <param name="endpointIds">The ends that there are.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask ReclaimAsync(IReadOnlySet<string> endpointIds, CancellationToken cancel) => ValueTask.CompletedTask;
}
