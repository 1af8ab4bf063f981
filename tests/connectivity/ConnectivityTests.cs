using Keelson.Connectivity.Tests.Cases;

namespace Keelson.Connectivity.Tests;

/// <summary>Who reaches whom, by docker's command line on any engine. The cases are data in <c>Cases</c>; where dockerd 20.10 differs, they say how and why.</summary>
public abstract class ConnectivityTests(EngineUnderTest engine)
{
    private static readonly Topology[] All =
    [
        BridgeCases.Topology, PublishedCases.Topology, PublishedCases.Loopback, NameCases.Topology, NameCases.Files, IsolationCases.Topology, IsolationCases.Internal, ModeCases.Topology, Ipv6Cases.Topology,
        ChangeCases.Topology, ChangeCases.Gateways, AddressCases.Topology, FlushCases.Topology,
    ];

    public static TheoryData<string> Topologies => [.. All.Select(topology => topology.Name)];

    [ConnectivityTheory, MemberData(nameof(Topologies))]
    public async Task Everybody_reaches_whom_they_should_and_nobody_else(string topology)
    {
        if (engine.Missing is { } reason) Assert.Skip(reason);
        List<string> faults = await engine.RunAsync(All.Single(other => other.Name == topology));
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }
}
