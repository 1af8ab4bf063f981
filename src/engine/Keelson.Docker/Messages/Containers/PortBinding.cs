namespace Keelson.Docker;

/// <summary>An address and a port of the host; empty means any, and a port that is chosen.</summary>
public sealed record PortBinding
{
    public string HostIp { get; set => field = value ?? ""; } = "";

    public string HostPort { get; set => field = value ?? ""; } = "";
}
