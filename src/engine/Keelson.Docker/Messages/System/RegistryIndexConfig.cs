namespace Keelson.Docker;

/// <summary>What an engine is told about one registry.</summary>
public sealed record RegistryIndexConfig
{
    public string Name { get; set => field = value ?? ""; } = "";

    public string[]? Mirrors { get; set; }

    public bool Secure { get; set; }

    public bool Official { get; set; }
}
