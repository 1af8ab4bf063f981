namespace Keelson.Docker;

/// <summary>A container in a network.</summary>
public sealed record EndpointResource
{
    public string Name { get; set => field = value ?? ""; } = "";

    public string EndpointID { get; set => field = value ?? ""; } = "";

    public string MacAddress { get; set => field = value ?? ""; } = "";

    public string IPv4Address { get; set => field = value ?? ""; } = "";

    public string IPv6Address { get; set => field = value ?? ""; } = "";
}
