namespace Keelson.Oci;

/// <summary>What a device rule is about. The values are those of the kernel's <c>BPF_DEVCG_ACC_*</c>.</summary>
[Flags]
public enum DeviceAccess
{
    /// <summary>To make a node: <c>m</c>.</summary>
    Mknod = 1,
    /// <summary>To read: <c>r</c>.</summary>
    Read = 2,
    /// <summary>To write: <c>w</c>.</summary>
    Write = 4,
    /// <summary><c>rwm</c>.</summary>
    All = Mknod | Read | Write,
}
