namespace Keelson.Oci;

/// <summary>One resource limit of a process.</summary>
/// <remarks>runtime-spec 1.3 config "POSIX process", getrlimit(2).</remarks>
public sealed class RlimitSpec
{
    /// <summary>Which resource.</summary>
    public RlimitKind Type { get; set; }

    /// <summary>Limit that the kernel enforces; <see cref="ulong.MaxValue"/> is none.</summary>
    public ulong Soft { get; set; }

    /// <summary>Ceiling for the soft limit; <see cref="ulong.MaxValue"/> is none.</summary>
    public ulong Hard { get; set; }
}
