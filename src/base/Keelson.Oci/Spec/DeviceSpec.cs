namespace Keelson.Oci;

/// <summary>A device node that the container has besides the default ones.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Devices".</remarks>
public sealed class DeviceSpec
{
    /// <summary><see cref="DeviceKind.Char"/>, <see cref="DeviceKind.Block"/>, <see cref="DeviceKind.Unbuffered"/> or <see cref="DeviceKind.Fifo"/>.</summary>
    public DeviceKind Type { get; set; } = DeviceKind.Char;

    /// <summary>Path inside the container.</summary>
    public string Path { get; set; } = "";

    /// <summary>Major number; required unless it is a pipe.</summary>
    public long? Major { get; set; }

    /// <summary>Minor number; required unless it is a pipe.</summary>
    public long? Minor { get; set; }

    /// <summary>Permission bits of the node. Default 0666 octal, as runC.</summary>
    public uint? FileMode { get; set; }

    /// <summary>Owner inside the container. Default 0.</summary>
    public uint? Uid { get; set; }

    /// <summary>Group inside the container. Default 0.</summary>
    public uint? Gid { get; set; }
}
