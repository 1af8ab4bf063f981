using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime;

public sealed partial class Container
{
    /// <summary>Adds mounts to a running container, in their order. Sources are paths of the host.</summary>
    /// <remarks>
    /// The trees are made in the caller's mount namespace, where the sources are, and moved by a child that has joined the container's: a detached
    /// mount may go from one to the other. Mount points that are missing are made. With an error the mounts before it stay.
    /// </remarks>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run. NotFound: a source is missing. Else the step that failed and why.</exception>
    public void AddMounts(MountSpec[] mounts)
    {
        Lock();
        InMountNamespace("add mounts to", (request, prologue, plan) =>
        {
            (RootfsPaths paths, MountSteps steps) = LiveMountSteps(request, prologue, plan);
            steps.PrepareBinds(prologue, mounts);
            JoinMountNamespace(request, plan, paths.Root);
            steps.Attach(static () => { }, isRunning: true);
        });
    }

    /// <summary>Detaches mounts of a running container, in the reverse order.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run. A destination is no mount point: EINVAL.</exception>
    public void RemoveMounts(MountSpec[] mounts)
    {
        Lock();
        InMountNamespace("remove mounts from", (request, prologue, plan) =>
        {
            (RootfsPaths paths, _) = LiveMountSteps(request, prologue, plan);
            JoinMountNamespace(request, plan, paths.Root);
            for (int i = mounts.Length - 1; i >= 0; i--)
            {
                // "." of the mount point itself: what is unmounted is what was looked up, whatever a name leads to by then.
                plan.Call("enter", mounts[i].Destination, Syscall.fchdir, paths.Open(mounts[i].Destination));
                plan.Call("unmount", mounts[i].Destination, Syscall.umount2, plan.Text("."), (int)UnmountFlags.MNT_DETACH);
            }
        });
    }

    private static (RootfsPaths Paths, MountSteps Steps) LiveMountSteps(StartRequest request, SyscallPlan prologue, SyscallPlan plan)
    {
        RootfsPaths paths = new(plan, plan.NewSlot(), request.HasOpenAt2);
        return (paths, new MountSteps(request, prologue, plan, paths));
    }

    private static void JoinMountNamespace(StartRequest request, SyscallPlan plan, Slot root)
    {
        foreach (int fd in request.NotForChild) plan.Call("close", null, Syscall.close, fd);
        plan.Call("die with", "the runtime", Syscall.prctl, 1, Signals.SIGKILL, 0, 0, 0);
        plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
        ForgetBinarySteps.Add(plan);
        plan.Call("umask", null, Syscall.umask, 0);
        foreach ((CloneFlags kind, FdHandle file, string path) in request.Namespaces.JoinedFiles)
            plan.Call("join " + NamespaceSet.Name(kind) + " namespace", path, Syscall.setns, file.Fd, (long)kind);
        plan.Call("open", "/", Syscall.openat, Files.AT_FDCWD, plan.Text("/"), (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(root);
    }

    private void InMountNamespace(string operation, Action<StartRequest, SyscallPlan, SyscallPlan> compile)
    {
        if ((record.Namespaces & (ulong)CloneFlags.CLONE_NEWNS) == 0)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"{operation} container {Id}: it has no mount namespace of its own");
        using FdHandle? process = OpenProcess();
        if (process is null) throw new KeelsonException(ErrorKind.FailedPrecondition, $"{operation} container {Id}: container not running");
        using NamespaceSet namespaces = NamespaceSet.Open([new NamespaceSpec { Type = NamespaceKind.Mount, Path = $"/proc/{Pid}/ns/mnt" }]);
        using FdHandle hostProc = HostProc.Open();
        using ChildChannel channel = new();
        using SyscallPlan prologue = new(), plan = new();
        using MountPreparation preparation = new();
        StartRequest request = new()
        {
            Spec = Spec,
            Id = Id,
            Bundle = Bundle,
            Rootfs = Rootfs,
            Namespaces = namespaces,
            Channel = channel.ChildEnd,
            HostProc = hostProc,
            GrantableCapabilities = 0,
            IsPrivileged = Processes.EffectiveUserId == 0,
            Preparation = preparation,
            Executable = runtime.Executable,
            HasOpenAt2 = HostProc.HasOpenAt2(hostProc),
            NotForChild = [directory.LockFd, channel.ParentFd],
            Warn = runtime.Warn,
        };
        try
        {
            compile(request, prologue, plan);
            plan.Call("leave", "container", Syscall.exit_group, 0);
            Cloner.RunHere(prologue);
            int pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.None, null, out FdHandle pidFd);
            channel.CloseChildEnd();
            try
            {
                channel.Next(plan, out _);
            }
            finally
            {
                pidFd.Dispose();
                Processes.TryWait(pid, out _, out _);
            }
        }
        catch (PlanException e)
        {
            throw new KeelsonException(e.Kind, $"{operation} container {Id}", e);
        }
    }
}
