namespace Keelson.Docker;

/// <summary>Another engine that has an overlay network.</summary>
public sealed record NetworkPeer
{
    public string Name { get; set => field = value ?? ""; } = "";

    public string IP { get; set => field = value ?? ""; } = "";
}
