namespace Keelson.Docker;

/// <summary>A manager of a swarm.</summary>
public sealed record SwarmPeer
{
    public string NodeID { get; set => field = value ?? ""; } = "";

    public string Addr { get; set => field = value ?? ""; } = "";
}
