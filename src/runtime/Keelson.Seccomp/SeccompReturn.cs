using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>The values that a filter returns. seccomp(2), <c>linux/seccomp.h</c>.</summary>
public static class SeccompReturn
{
    /// <summary>SECCOMP_RET_KILL_PROCESS.</summary>
    public const uint KillProcess = 0x8000_0000;

    /// <summary>SECCOMP_RET_KILL_THREAD.</summary>
    public const uint KillThread = 0;

    /// <summary>SECCOMP_RET_TRAP.</summary>
    public const uint Trap = 0x0003_0000;

    /// <summary>SECCOMP_RET_ERRNO; the error number is in the low 16 bits.</summary>
    public const uint Errno = 0x0005_0000;

    /// <summary>SECCOMP_RET_USER_NOTIF.</summary>
    public const uint Notify = 0x7FC0_0000;

    /// <summary>SECCOMP_RET_TRACE; the message to the tracer is in the low 16 bits.</summary>
    public const uint Trace = 0x7FF0_0000;

    /// <summary>SECCOMP_RET_LOG.</summary>
    public const uint Log = 0x7FFC_0000;

    /// <summary>SECCOMP_RET_ALLOW.</summary>
    public const uint Allow = 0x7FFF_0000;

    /// <summary>The action without its data.</summary>
    public const uint ActionMask = 0xFFFF_0000;

    /// <summary>Whether <paramref name="value"/> is less strict than <paramref name="other"/>; of several filters the kernel takes the strictest answer.</summary>
    public static bool IsLooserThan(uint value, uint other) => (int)(value & ActionMask) > (int)(other & ActionMask);

    /// <summary>The value as people read it: <c>ALLOW</c>, <c>ERRNO(38)</c>.</summary>
    public static string Describe(uint value) => (value & ActionMask) switch
    {
        KillProcess => "KILL_PROCESS",
        KillThread => "KILL_THREAD",
        Trap => "TRAP",
        Errno => $"ERRNO({value & 0xFFFF})",
        Notify => "NOTIFY",
        Trace => $"TRACE({value & 0xFFFF})",
        Log => "LOG",
        Allow => "ALLOW",
        // What the kernel does with an action that it does not know.
        _ => $"KILL_PROCESS(0x{value:x8})",
    };

    /// <summary>The value for an action of a profile.</summary>
    /// <param name="action">The action.</param>
    /// <param name="data">Its <c>errnoRet</c>; EPERM when absent.</param>
    /// <param name="fault">Why they do not fit together.</param>
    internal static uint Of(SeccompAction action, uint? data, out string? fault)
    {
        fault = null;
        uint limit = action switch { SeccompAction.SCMP_ACT_ERRNO => 4095, SeccompAction.SCMP_ACT_TRACE => ushort.MaxValue, _ => 0 };
        if (data is { } given && limit == 0) fault = $"errnoRet does not go with {action.Name()}";
        else if (data > limit) fault = $"errnoRet {data} is above {limit}";
        uint low = data ?? 1;
        return action switch
        {
            SeccompAction.SCMP_ACT_KILL_PROCESS => KillProcess,
            SeccompAction.SCMP_ACT_KILL or SeccompAction.SCMP_ACT_KILL_THREAD => KillThread,
            SeccompAction.SCMP_ACT_TRAP => Trap,
            SeccompAction.SCMP_ACT_ERRNO => Errno | low & 0xFFFF,
            SeccompAction.SCMP_ACT_TRACE => Trace | low & 0xFFFF,
            SeccompAction.SCMP_ACT_LOG => Log,
            SeccompAction.SCMP_ACT_NOTIFY => Notify,
            SeccompAction.SCMP_ACT_ALLOW => Allow,
            _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"compile seccomp profile: action {(int)action} is not known"),
        };
    }

    // Enum.ToString would keep reflection data in the runtime's binary.
    private static string Name(this SeccompAction action) => action switch
    {
        SeccompAction.SCMP_ACT_KILL => "SCMP_ACT_KILL",
        SeccompAction.SCMP_ACT_KILL_PROCESS => "SCMP_ACT_KILL_PROCESS",
        SeccompAction.SCMP_ACT_KILL_THREAD => "SCMP_ACT_KILL_THREAD",
        SeccompAction.SCMP_ACT_TRAP => "SCMP_ACT_TRAP",
        SeccompAction.SCMP_ACT_ALLOW => "SCMP_ACT_ALLOW",
        SeccompAction.SCMP_ACT_LOG => "SCMP_ACT_LOG",
        SeccompAction.SCMP_ACT_NOTIFY => "SCMP_ACT_NOTIFY",
        _ => "this action",
    };
}
