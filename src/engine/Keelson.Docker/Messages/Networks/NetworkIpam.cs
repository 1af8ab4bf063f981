namespace Keelson.Docker;

/// <summary>How addresses of a network are given out.</summary>
public sealed record NetworkIpam
{
    public string Driver { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Options { get; set; }

    public NetworkIpamConfig[]? Config { get; set; }
}
