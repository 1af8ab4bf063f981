namespace Keelson.Docker;

/// <summary>The body of POST /volumes/create.</summary>
public sealed record VolumeCreateRequest
{
    public string Driver { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? DriverOpts { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public string Name { get; set => field = value ?? ""; } = "";
}
