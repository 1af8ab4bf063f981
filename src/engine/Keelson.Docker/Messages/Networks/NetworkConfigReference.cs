namespace Keelson.Docker;

/// <summary>The network that gives another one its configuration.</summary>
public sealed record NetworkConfigReference
{
    public string Network { get; set => field = value ?? ""; } = "";
}
