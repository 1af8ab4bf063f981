namespace Keelson.Oci;

/// <summary>Offset of a clock in a time namespace.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Offset for Time Namespace", time_namespaces(7).</remarks>
public sealed class TimeOffset
{
    /// <summary>Seconds; may be negative.</summary>
    public long Secs { get; set; }

    /// <summary>Nanoseconds to add, below 1,000,000,000.</summary>
    public uint Nanosecs { get; set; }
}
