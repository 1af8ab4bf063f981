namespace Keelson.Oci;

/// <summary>What happens to some system calls.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Seccomp", <c>syscalls</c>.</remarks>
public sealed class SeccompRule
{
    /// <summary>Names of the calls; at least one. A name that the machine does not know is skipped.</summary>
    public string[] Names { get; set; } = [];

    /// <summary>What happens.</summary>
    public SeccompAction Action { get; set; }

    /// <summary>Error number for ERRNO, or data for TRACE; with another action an error. Default EPERM.</summary>
    public uint? ErrnoRet { get; set; }

    /// <summary>Conditions on the arguments; all of them must hold.</summary>
    public SeccompArgument[] Args { get; set; } = [];
}
