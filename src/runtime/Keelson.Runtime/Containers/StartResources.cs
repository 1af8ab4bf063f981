using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Seccomp;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Containers;

/// <summary>What a start has besides its configuration: open descriptors and the cgroup. All belong to who makes this object.</summary>
internal sealed class StartResources
{
    public required ChildChannel Channel { get; init; }
    public required FdHandle HostProc { get; init; }
    public required NamespaceSet Namespaces { get; init; }
    public required MountPreparation Preparation { get; init; }
    public FdHandle? StartGate { get; init; }
    public FdHandle? ConsoleSocket { get; init; }
    public Cgroup? Cgroup { get; init; }
    public IReadOnlyList<FdHandle> JoinFiles { get; init; } = [];
    public required int[] NotForChild { get; init; }

    /// <summary>Compiles the start of a container's first process.</summary>
    /// <param name="runtime">Settings of the runtime.</param>
    /// <param name="options">Settings of the container.</param>
    /// <param name="bundle">Its configuration.</param>
    /// <param name="prologue">Takes what this process does before the clone.</param>
    /// <param name="plan">Takes what the child does.</param>
    /// <returns>Whether the child waits to be told that it is on record.</returns>
    public bool Compile(RuntimeOptions runtime, CreateOptions options, BundleConfiguration bundle, SyscallPlan prologue, SyscallPlan plan)
    {
        bool privileged = Processes.EffectiveUserId == 0;
        StartRequest start = NewStartRequest(runtime, options, bundle, privileged);
        return InitPlan.Compile(start, NewProcessRequest(start, options, privileged), prologue, plan);
    }

    private StartRequest NewStartRequest(RuntimeOptions runtime, CreateOptions options, BundleConfiguration bundle, bool privileged) => new()
    {
        Spec = bundle.Spec,
        Id = options.Id,
        Bundle = bundle.Directory,
        Rootfs = bundle.Rootfs,
        Namespaces = Namespaces,
        Channel = Channel.ChildEnd,
        HostProc = HostProc,
        GrantableCapabilities = Namespaces.Has(CloneFlags.CLONE_NEWUSER) ? ulong.MaxValue : OwnCapabilities.Permitted(),
        Cgroup = Cgroup,
        JoinFiles = JoinFiles,
        StartGate = StartGate,
        ConsoleSocket = ConsoleSocket,
        Seccomp = bundle.Spec.Linux?.Seccomp is { } profile ? SeccompFilters.Compile(profile, runtime.Warn) : null,
        NoPivot = options.NoPivot,
        NoNewKeyring = options.NoNewKeyring,
        StopsBeforePivot = bundle.Spec.Linux?.IntelRdt is not null || (bundle.Spec.Hooks is { } hooks && hooks.Prestart.Length + hooks.CreateRuntime.Length + hooks.CreateContainer.Length > 0),
        IsPrivileged = privileged,
        BindsDevices = Namespaces.Has(CloneFlags.CLONE_NEWUSER) || !UserNamespaces.IsInitial(),
        Preparation = Preparation,
        Executable = runtime.Executable,
        PreparesMountsInParent = privileged && Namespaces.Has(CloneFlags.CLONE_NEWUSER),
        HasOpenAt2 = Start.HostProc.HasOpenAt2(HostProc),
        NotForChild = NotForChild,
        Warn = runtime.Warn,
    };

    /// <summary>Whether a child in this process's own user namespace sets its groups. Where the kernel denies that, it keeps those of the caller unless others are asked for.</summary>
    internal static bool MaySetOwnGroups(ProcessSpec process, bool privileged, bool inUserNamespace) =>
        privileged && (!inUserNamespace || process.User.AdditionalGids.Length > 0 || !UserMappings.IsSetGroupsDenied());

    private static ProcessRequest NewProcessRequest(StartRequest start, CreateOptions options, bool privileged)
    {
        ProcessSpec process = start.Spec.Process!;
        return new ProcessRequest
        {
            Process = process,
            Environment = ProcessEnvironment.Complete(process.Env, process.User.Uid, start.Rootfs, options.ListenFds),
            ContainerId = options.Id,
            Channel = start.Channel.Fd,
            StartGate = start.StartGate?.Fd,
            GrantableCapabilities = start.GrantableCapabilities,
            MaySetGroups = (start.Namespaces.New & CloneFlags.CLONE_NEWUSER) != 0 ? UserMappings.AllowsSetGroups(start.Spec.Linux!, privileged) : start.Namespaces.Has(CloneFlags.CLONE_NEWUSER) || MaySetOwnGroups(process, privileged, start.BindsDevices),
            ChangesIds = false,
            InUserNamespace = start.Namespaces.Has(CloneFlags.CLONE_NEWUSER),
            TellsStandardError = start.StartGate is not null,
            Seccomp = start.Seccomp,
            NoNewKeyring = options.NoNewKeyring,
            PreserveFds = options.PreserveFds + options.ListenFds,
            Personality = start.Spec.Linux?.Personality,
            MemoryPolicy = start.Spec.Linux?.MemoryPolicy,
            Warn = start.Warn,
        };
    }
}
