namespace Keelson.Oci;

/// <summary>One entry of the list of devices that a control group may use. Entries apply in order; a later one overrides.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Allowed Device list".</remarks>
public sealed class DeviceRule
{
    /// <summary>Whether the entry allows or denies.</summary>
    public bool Allow { get; set; }

    /// <summary><see cref="DeviceKind.All"/> (the default), <see cref="DeviceKind.Char"/> or <see cref="DeviceKind.Block"/>.</summary>
    public DeviceKind Type { get; set; } = DeviceKind.All;

    /// <summary>Major number; absent means all.</summary>
    public long? Major { get; set; }

    /// <summary>Minor number; absent means all.</summary>
    public long? Minor { get; set; }

    /// <summary>Kinds of access. Absent means all of them.</summary>
    public DeviceAccess? Access { get; set; }
}
