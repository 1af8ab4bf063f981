namespace Keelson.Oci;

/// <summary>Rate limit of a group for one block device.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Block IO", <c>throttle…Device</c>.</remarks>
public sealed class ThrottleDevice
{
    /// <summary>Major number.</summary>
    public long Major { get; set; }

    /// <summary>Minor number.</summary>
    public long Minor { get; set; }

    /// <summary>Bytes or operations per second; 0 is no limit.</summary>
    public ulong Rate { get; set; }
}
