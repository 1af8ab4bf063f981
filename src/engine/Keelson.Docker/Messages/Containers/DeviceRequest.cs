namespace Keelson.Docker;

/// <summary>Devices that a driver of its own chooses, such as GPUs. A count of -1 is all.</summary>
public sealed record DeviceRequest
{
    public string Driver { get; set => field = value ?? ""; } = "";

    public int Count { get; set; }

    public string[]? DeviceIDs { get; set; }

    public string[][]? Capabilities { get; set; }

    public Dictionary<string, string>? Options { get; set; }
}
