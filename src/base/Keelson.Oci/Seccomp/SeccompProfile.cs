namespace Keelson.Oci;

/// <summary>A system call filter.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Seccomp".</remarks>
public sealed class SeccompProfile
{
    /// <summary>What happens to a call that no rule matches.</summary>
    public SeccompAction DefaultAction { get; set; }

    /// <summary>Error number for <see cref="DefaultAction"/> ERRNO, or data for TRACE. Default EPERM.</summary>
    public uint? DefaultErrnoRet { get; set; }

    /// <summary>Architectures besides the native one.</summary>
    public SeccompArchitecture[] Architectures { get; set; } = [];

    /// <summary>Flags for seccomp(2). Absent is not the same as none: the runtime then chooses its default.</summary>
    public SeccompFlags? Flags { get; set; }

    /// <summary>Socket that gets the notify descriptor. Ignored unless a rule is <see cref="SeccompAction.SCMP_ACT_NOTIFY"/>.</summary>
    public string? ListenerPath { get; set; }

    /// <summary>Text handed to the listener; only together with <see cref="ListenerPath"/>.</summary>
    public string? ListenerMetadata { get; set; }

    /// <summary>The rules.</summary>
    public SeccompRule[] Syscalls { get; set; } = [];
}
