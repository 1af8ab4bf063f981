namespace Keelson.Docker;

/// <summary>What an engine is told about registries.</summary>
public sealed record RegistryServiceConfig
{
    public string[]? AllowNondistributableArtifactsCIDRs { get; set; }

    public string[]? AllowNondistributableArtifactsHostnames { get; set; }

    public string[]? InsecureRegistryCIDRs { get; set; }

    public Dictionary<string, RegistryIndexConfig>? IndexConfigs { get; set; }

    public string[]? Mirrors { get; set; }
}
