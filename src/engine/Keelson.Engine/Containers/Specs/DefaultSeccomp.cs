using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>The filter of system calls that a container gets when nobody says otherwise: what docker 20.10 allows, with the calls that capabilities open.</summary>
/// <remarks>Everything else fails with EPERM, and clone3 with ENOSYS: its flags lie in memory, where a filter cannot look, and libraries then take clone.</remarks>
internal static partial class DefaultSeccomp
{
    /// <summary>CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET.</summary>
    private const ulong CloneNamespaces = 0x7E020000;

    private const uint ENOSYS = 38;

    /// <summary>What a capability opens.</summary>
    private static readonly (string Capability, string Calls)[] ByCapability =
    [
        ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
        ("CAP_SYS_ADMIN", "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr move_mount name_to_handle_at open_tree perf_event_open quotactl"
            + " quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare"),
        ("CAP_SYS_BOOT", "reboot"),
        ("CAP_SYS_CHROOT", "chroot"),
        ("CAP_SYS_MODULE", "delete_module init_module finit_module"),
        ("CAP_SYS_PACCT", "acct"),
        ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        ("CAP_SYS_RAWIO", "iopl ioperm"),
        ("CAP_SYS_TIME", "settimeofday stime clock_settime"),
        ("CAP_SYS_TTY_CONFIG", "vhangup"),
        ("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy"),
        ("CAP_SYSLOG", "syslog"),
    ];

    /// <summary>personality(2): Linux and Linux of 32 bits, each with and without UNAME26, and the question for the present one.</summary>
    private static readonly ulong[] Personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

    /// <summary>The always allowed names, split once.</summary>
    private static readonly string[] AlwaysNames = Always.Split(' ');

    /// <summary>Makes the filter for a set of capabilities.</summary>
    public static SeccompProfile Create(IReadOnlyCollection<string> capabilities)
    {
        List<SeccompRule> rules =
        [
            Allow(AlwaysNames),
            Allow(["ptrace"]),
            .. Personalities.Select(value => Allow(["personality"], new SeccompArgument { Index = 0, Value = value, Op = SeccompOperator.SCMP_CMP_EQ })),
            Allow(["arch_prctl"]),
            Allow(["modify_ldt"]),
        ];
        if (!capabilities.Contains("CAP_SYS_ADMIN"))
        {
            rules.Add(Allow(["clone"], new SeccompArgument { Index = 0, Value = CloneNamespaces, ValueTwo = 0, Op = SeccompOperator.SCMP_CMP_MASKED_EQ }));
            rules.Add(new() { Names = ["clone3"], Action = SeccompAction.SCMP_ACT_ERRNO, ErrnoRet = ENOSYS });
        }
        foreach ((string capability, string calls) in ByCapability)
            if (capabilities.Contains(capability)) rules.Add(Allow(calls.Split(' ')));
        return new()
        {
            DefaultAction = SeccompAction.SCMP_ACT_ERRNO,
            Architectures = [SeccompArchitecture.SCMP_ARCH_X86_64, SeccompArchitecture.SCMP_ARCH_X86, SeccompArchitecture.SCMP_ARCH_X32],
            Syscalls = [.. rules],
        };
    }

    private static SeccompRule Allow(string[] names, params SeccompArgument[] arguments) => new() { Names = names, Action = SeccompAction.SCMP_ACT_ALLOW, Args = arguments };
}
