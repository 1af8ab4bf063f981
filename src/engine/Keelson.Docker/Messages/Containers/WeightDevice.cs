namespace Keelson.Docker;

/// <summary>The block I/O weight of a device.</summary>
public sealed record WeightDevice
{
    public string Path { get; set => field = value ?? ""; } = "";

    public ushort Weight { get; set; }
}
