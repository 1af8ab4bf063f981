namespace Keelson.Interop.Tests;

/// <summary>Which runtime is known to show a fault.</summary>
public enum Fails
{
    /// <summary>Any: the program expects what is not promised, or the machine lacks something.</summary>
    Any,
    /// <summary>runc 1.1 alone.</summary>
    Runc,
    /// <summary>Keelson alone, by design.</summary>
    Keelson,
}

/// <summary>A fault that a validation program is known to report.</summary>
/// <param name="Program">The program.</param>
/// <param name="Fault">Words of the fault.</param>
/// <param name="Who">The runtime that shows it.</param>
/// <param name="Why">The reason.</param>
public sealed record ValidationException(string Program, string Fault, Fails Who, string Why)
{
    private const string Hooks = "written for the specification 1.0, where prestart hooks ran at start and in the state \"created\"; since 1.1 they run at create, in \"creating\"";
    private const string KernelMemory = "the kernel has no limit of kernel memory since 5.16, and none of TCP memory in a hierarchy that has none above";
    private const string Lsm = "needs a security module that the machine lacks";
    private const string Controller = "needs a cgroup controller that the machine lacks";
    private const string DevicesList = "compares the end of devices.list with the rules; runc adds its own default devices after them";
    private const string CreatedIsDeleted = "a container that is created and not started is deleted, as callers of runc are used to";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ValidationException> All { get; } =
    [
        new("delete", "attempting to `delete` a container that is not `stopped`", Fails.Any, CreatedIsDeleted),
        new("hooks", "Hooks MUST be called in the listed order", Fails.Any, "compares with a text that its own hooks do not write"),
        new("hooks_stdin", "passed to \"prestart\" hook over stdin", Fails.Any, Hooks),
        new("hooks_stdin", "passed to \"poststart\" hook over stdin", Fails.Runc, "runc says \"created\" to poststart hooks, the specification \"running\""),
        new("linux_cgroups_blkio", "exit status 1", Fails.Any, "sets blkio.leaf_weight, which the kernel has not had since 5.0"),
        new("linux_cgroups_relative_blkio", "exit status 1", Fails.Any, "sets blkio.leaf_weight, which the kernel has not had since 5.0"),
        new("linux_cgroups_cpus", "0 planned", Fails.Any, "counts in more than one place"),
        new("linux_cgroups_devices", "is set correctly", Fails.Runc, DevicesList),
        new("linux_cgroups_relative_devices", "is set correctly", Fails.Runc, DevicesList),
        new("linux_cgroups_hugetlb", "exit status 1", Fails.Any, Controller),
        new("linux_cgroups_relative_hugetlb", "exit status 1", Fails.Any, Controller),
        new("linux_cgroups_memory", "memory kernel", Fails.Any, KernelMemory),
        new("linux_cgroups_relative_memory", "memory kernel", Fails.Any, KernelMemory),
        new("linux_cgroups_network", "exit status 2", Fails.Any, "fails itself where there is no net_cls controller"),
        new("linux_cgroups_network", "0 results", Fails.Any, "fails itself where there is no net_cls controller"),
        new("linux_cgroups_relative_network", "exit status 1", Fails.Any, Controller),
        new("linux_mount_label", "exit status 1", Fails.Any, Lsm),
        new("linux_mount_label", "0 results", Fails.Any, Lsm),
        new("linux_process_apparmor_profile", "exit status 1", Fails.Any, Lsm),
        new("linux_process_apparmor_profile", "0 results", Fails.Any, Lsm),
        new("linux_rootfs_propagation", "check root propagation", Fails.Runc, "runc 1.1 does not set rootfsPropagation \"shared\" and \"unbindable\""),
        new("linux_seccomp", "seccomp action is added correctly", Fails.Any, "forbids getcwd and then runs a program that may need it"),
        new("linux_seccomp", "exit status 1", Fails.Any, "forbids getcwd and then runs a program that may need it"),
        new("misc_props", "unknown annotation key", Fails.Any, "starts /runtimetest, which it did not put into its bundle"),
        new("mounts", "found in order", Fails.Keelson,
            "the kernel lists mounts in the order in which they were made; bind mounts are cloned before the root is left and attached in the order of the configuration"),
        new("pidfile", "create with '--pid-file' option works", Fails.Any, "kills a program that has ended and expects no error"),
        new("poststart", "before the `start` operation returns", Fails.Runc, "runc 1.1 calls poststart hooks at create"),
        new("poststart", "after the user-specified process is executed", Fails.Keelson, "expects the program to have written before the hook does, which runs as soon as the program is executed"),
        new("poststart_fail", "if any poststart hook fails", Fails.Any, "written for the specification 1.0; since 1.1 a poststart hook that fails is an error"),
        new("poststop_fail", "if any poststop hook fails", Fails.Runc, "runc 1.1 leaves the remaining poststop hooks out when one fails"),
        new("prestart", "Pre-start hooks MUST be called after the `start` operation is called", Fails.Any, Hooks),
        new("process_capabilities", "exit status 1", Fails.Runc, Reasons.AllCapabilities),
        new("process_capabilities", "0 results", Fails.Runc, Reasons.AllCapabilities),
        new("process_capabilities", "capability CAP_SYS_RESOURCE set", Fails.Any, "asks for a capability that root lacks here"),
        new("process_capabilities_fail", "exit status 1", Fails.Any, "expects an error of a capability that is not known; since 1.0.2 it is a warning"),
        new("process_rlimits", "has expected soft RLIMIT_NOFILE", Fails.Any, "is built with Go 1.19, whose programs raise this limit themselves"),
        new("process_rlimits_fail", "0 results", Fails.Any, "says nothing when nothing is wrong"),
        new("start", "exit status 1", Fails.Any, "deletes a container that it has deleted"),
    ];
}
