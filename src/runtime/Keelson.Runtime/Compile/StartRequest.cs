using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Oci;
using Keelson.Seccomp;

namespace Keelson.Runtime.Compile;

/// <summary>All that is known about a start when its plan is compiled.</summary>
internal sealed class StartRequest
{
    /// <summary>The configuration, validated.</summary>
    public required RuntimeSpec Spec { get; init; }

    /// <summary>The container's name.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path of the bundle; relative sources of mounts start here.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute path of the root file system on the host.</summary>
    public required string Rootfs { get; init; }

    /// <summary>The namespaces, sorted into new, joined and inherited.</summary>
    public required NamespaceSet Namespaces { get; init; }

    /// <summary>The child's end of the channel to the parent.</summary>
    public required FdHandle Channel { get; init; }

    /// <summary>The parent's procfs, checked to be one.</summary>
    public required FdHandle HostProc { get; init; }

    /// <summary>Capabilities that this process may hand on, bit n for capability n.</summary>
    public required ulong GrantableCapabilities { get; init; }

    /// <summary>The container's cgroup; <see langword="null"/> when it stays in the caller's.</summary>
    public Cgroup? Cgroup { get; init; }

    /// <summary>The files whose <c>tasks</c> the child writes itself into, late; empty when it was cloned into its cgroup.</summary>
    public IReadOnlyList<FdHandle> JoinFiles { get; init; } = [];

    /// <summary>Read by the child before execve, written by <c>start</c>; <see langword="null"/> when nothing is waited for.</summary>
    public FdHandle? StartGate { get; init; }

    /// <summary>Where the master of the pseudo-terminal is sent; <see langword="null"/> without a terminal.</summary>
    public FdHandle? ConsoleSocket { get; init; }

    /// <summary>The compiled filter; <see langword="null"/> without one.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>chroot(2) and MS_MOVE instead of pivot_root(2), for roots on a ramfs.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The caller's session keyring is kept.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Hooks that run before the root is pivoted make the child stop there.</summary>
    public bool StopsBeforePivot { get; init; }

    /// <summary>Whether this process has the rights of the host's root.</summary>
    public required bool IsPrivileged { get; init; }

    /// <summary>Whether this process may make mounts for a namespace that belongs to another user namespace.</summary>
    public bool PreparesMountsInParent { get; init; }

    /// <summary>Device nodes cannot be made in a user namespace, the runtime's or the container's: the host's are bound.</summary>
    public bool BindsDevices { get; init; }

    /// <summary>Whether openat2(2) is there. Without it links in mount destinations are refused.</summary>
    public bool HasOpenAt2 { get; init; } = true;

    /// <summary>Descriptors of the parent that the child closes first: the lock of the container, the parent's end of the channel.</summary>
    public required int[] NotForChild { get; init; }

    /// <summary>Keeps what mounts need until the child is cloned.</summary>
    public required MountPreparation Preparation { get; init; }

    /// <summary>The runtime's program, for copying files inside the container's namespaces.</summary>
    public required string Executable { get; init; }

    /// <summary>Takes what is odd but no reason to stop.</summary>
    public required Action<string> Warn { get; init; }
}
