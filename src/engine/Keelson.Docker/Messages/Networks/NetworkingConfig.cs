namespace Keelson.Docker;

/// <summary>The networks that a new container joins.</summary>
public sealed record NetworkingConfig
{
    public Dictionary<string, EndpointSettings>? EndpointsConfig { get; set; }
}
