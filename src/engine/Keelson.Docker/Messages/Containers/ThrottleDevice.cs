namespace Keelson.Docker;

/// <summary>A limit of a block device: bytes or operations a second.</summary>
public sealed record ThrottleDevice
{
    public string Path { get; set => field = value ?? ""; } = "";

    public ulong Rate { get; set; }
}
