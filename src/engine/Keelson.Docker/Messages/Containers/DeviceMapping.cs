namespace Keelson.Docker;

/// <summary>A device of the host in a container.</summary>
public sealed record DeviceMapping
{
    public string PathOnHost { get; set => field = value ?? ""; } = "";

    public string PathInContainer { get; set => field = value ?? ""; } = "";

    public string CgroupPermissions { get; set => field = value ?? ""; } = "";
}
