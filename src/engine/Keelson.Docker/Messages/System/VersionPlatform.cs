namespace Keelson.Docker;

/// <summary>The product that an engine belongs to.</summary>
public sealed record VersionPlatform
{
    public string Name { get; set => field = value ?? ""; } = "";
}
