namespace Keelson.Oci;

/// <summary>Limits of one RDMA device. At least one of them is given.</summary>
/// <remarks>runtime-spec 1.3 config-linux "RDMA".</remarks>
public sealed class RdmaLimit
{
    /// <summary>Most handles; <see cref="uint.MaxValue"/> is no limit.</summary>
    public uint? HcaHandles { get; set; }

    /// <summary>Most objects; <see cref="uint.MaxValue"/> is no limit.</summary>
    public uint? HcaObjects { get; set; }
}
