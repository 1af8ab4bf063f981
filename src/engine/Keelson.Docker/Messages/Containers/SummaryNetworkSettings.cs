namespace Keelson.Docker;

/// <summary>The networks of a container in the list of containers.</summary>
public sealed record SummaryNetworkSettings
{
    public Dictionary<string, EndpointSettings>? Networks { get; set; }
}
