using Keelson.Linux;
using Keelson.Linux.Proc;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Compiles the start of a container's first process.</summary>
/// <remarks>
/// <code>
///   parent, prologue   open_tree of bind sources that only the parent can reach
///   child              die with the parent ─ session ─ namespaces ─ names, loopback, sysctl ─ mounts, devices, masks in the new root
///                      ─ [hooks] ─ pivot_root ─ cgroups ─ [on record] ─ limits, identity, capabilities ─ [ready, wait for start] ─ filter ─ execve
/// </code>
/// The child enters its cgroups late, so the runtime's own memory is not charged to the container.
/// </remarks>
internal static class InitPlan
{
    private const int MNT_DETACH = 2;
    private const long MS_REC = 16384, MS_MOVE = 8192;

    /// <summary>Writes the prologue and the child's plan.</summary>
    /// <returns>Whether the child waits for one byte that tells it that it is on record; otherwise other answers tell it.</returns>
    public static bool Compile(StartRequest request, ProcessRequest process, SyscallPlan prologue, SyscallPlan plan)
    {
        CloneFlags created = request.Namespaces.New;
        ProcPaths proc = new(plan, request.HostProc, request.HasOpenAt2);
        foreach (int fd in request.NotForChild) plan.Call("close", null, Syscall.close, fd);
        ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
        if (request.Cgroup?.IsJoinedThroughManager == true) plan.Reach("cgroup", request.Channel.Fd, (int)StartPoint.Cgroup);
        // The files of procfs that take an unprivileged user's mappings belong to root while the process is not dumpable.
        if (request.IsPrivileged) plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
        if (request.IsPrivileged) ForgetBinarySteps.Add(plan);
        NamespaceSteps.Enter(request, plan, proc);
        if (NamespaceSteps.NeedsTwoStages(request.Namespaces)) ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
        plan.Call("setsid", null, Syscall.setsid).Accept(Errno.EPERM);
        if ((created & CloneFlags.CLONE_NEWUSER) != 0)
        {
            plan.Reach("mappings", request.Channel.Fd, (int)StartPoint.Mappings);
            NamespaceSteps.BecomeRoot(plan);
            ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
            if (!request.IsPrivileged) ForgetBinarySteps.Add(plan);
        }
        if (request.Spec.Linux?.NetDevices.Count > 0) plan.Reach("network devices", request.Channel.Fd, (int)StartPoint.NetworkDevices);
        NamespaceSteps.SetUp(request, plan, proc);

        ProcessSteps steps = new(process, plan);
        steps.OpenProcFiles(proc);
        plan.Call("close", null, Syscall.close, request.HostProc.Fd);
        plan.Call("umask", null, Syscall.umask, 0);
        Slot console = Slot.None;
        if (request.Namespaces.Has(CloneFlags.CLONE_NEWNS)) console = BuildRoot(request, prologue, plan);
        else ChangeRoot(request, plan);

        if (!request.StopsBeforePivot) JoinCgroups(request, plan);
        if ((created & CloneFlags.CLONE_NEWCGROUP) != 0) plan.Call("unshare", "cgroup namespace", Syscall.unshare, (long)CloneFlags.CLONE_NEWCGROUP);
        if (console != Slot.None) ConsoleSteps.Attach(plan, console);
        // Whoever hears the program may act on the container. The answer at any point, and a gate that opens, come after the record; else a byte does, mostly
        // before it is looked for.
        bool awaitsRecord = request.StartGate is null && !plan.HasPoints && !NamespaceSteps.NeedsTwoStages(request.Namespaces);
        if (awaitsRecord) ParentSteps.Await(plan, request.Channel.Fd, "the record");
        steps.BecomeUser();
        Slot program = steps.FindProgram();
        steps.Confine();
        ParentSteps.LiveWithoutRuntime(plan);
        if (request.StartGate is { } gate)
        {
            nint record = plan.Value((Kind: -1L - (long)StartPoint.Ready, Value: 0L));
            plan.Call("report", "ready", Syscall.write, request.Channel.Fd, record, 16);
            plan.Call("wait for", "start", Syscall.read, gate.Fd, record, 1);
        }
        steps.Execute(program);
        return awaitsRecord;
    }

    /// <summary>Makes the container's tree at its root directory and moves into it.</summary>
    private static Slot BuildRoot(StartRequest request, SyscallPlan prologue, SyscallPlan plan)
    {
        nint empty = plan.Text(""), slash = plan.Text("/"), dot = plan.Text(".");
        (MountPropagation propagation, bool recursive) = Propagation(request.Spec.Linux?.RootfsPropagation);
        bool shared = propagation == MountPropagation.MS_SHARED;
        plan.Call("set propagation of", "/", Syscall.mount, 0, slash, 0, (long)(shared ? MountPropagation.MS_SHARED : propagation == MountPropagation.MS_PRIVATE ? propagation : MountPropagation.MS_SLAVE) | MS_REC, 0);

        Slot root = plan.NewSlot(), place = plan.NewSlot();
        plan.Call("open root", request.Rootfs, Syscall.open_tree, Files.AT_FDCWD, plan.Text(request.Rootfs), (int)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.AT_RECURSIVE | OpenTreeFlags.OPEN_TREE_CLOEXEC)).Into(root);
        plan.Call("set attributes of root", request.Rootfs, Syscall.mount_setattr, root, empty, 0x1000, plan.Value(new MountAttributes { Propagation = MountPropagation.MS_PRIVATE }), 32);
        if (shared) MakeParentPrivate(request.Rootfs, plan);
        plan.Call("open root", request.Rootfs, Syscall.openat, Files.AT_FDCWD, plan.Text(request.Rootfs), (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(place);
        plan.Call("mount root on", request.Rootfs, Syscall.move_mount, root, empty, place, empty, 0x44);
        plan.Call("close", null, Syscall.close, place);

        RootfsPaths paths = new(plan, root, request.HasOpenAt2);
        MountSteps mounts = new(request, prologue, plan, paths);
        DeviceSteps devices = new(request, plan, paths, mounts);
        mounts.PrepareBinds(request.PreparesMountsInParent ? prologue : plan, request.Spec.Mounts);
        Slot console = Slot.None;
        mounts.Attach(afterDev: () =>
        {
            if (!mounts.HasBoundDev) devices.Make();
        });
        if (request.ConsoleSocket is not null) console = devices.OpenConsole(request.Spec.Process?.ConsoleSize, bindConsole: true);
        StreamSteps.OwnNull(plan, paths);
        mounts.SealReadOnly();
        if (request.Spec.Process?.Cwd is { } cwd && RootfsPaths.Relative(cwd).Length != 0) MakeWorkingDirectory(plan, paths, cwd);
        MaskSteps masks = new(request, plan, paths, mounts);
        masks.MakeReadOnly();
        masks.Mask();
        if (request.Spec.Root!.Readonly) mounts.SetAttributes(root, "/", new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY });

        if (request.StopsBeforePivot)
        {
            JoinCgroups(request, plan);
            plan.Reach("hooks", request.Channel.Fd, (int)StartPoint.BeforePivot);
        }
        Slot oldRoot = plan.NewSlot();
        if (shared) plan.Call("open", "the old root", Syscall.openat, Files.AT_FDCWD, slash, (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(oldRoot);
        plan.Call("enter", request.Rootfs, Syscall.fchdir, root);
        if (request.NoPivot)
        {
            plan.Call("move root to", "/", Syscall.mount, dot, slash, 0, MS_MOVE, 0);
            plan.Call("chroot", request.Rootfs, Syscall.chroot, dot);
        }
        else
        {
            plan.Call("pivot_root", request.Rootfs, Syscall.pivot_root, dot, dot);
            // The old root now covers the new one: nothing may be looked up until it is gone, or ".." would lead into it.
            if (shared)
            {
                // Its unmounting must not reach the host. "." alone would be the new root for mount(2), while umount2(2) takes what covers it.
                plan.Call("enter", "the old root", Syscall.fchdir, oldRoot);
                plan.Call("set propagation of", "the old root", Syscall.mount, 0, dot, 0, (long)MountPropagation.MS_SLAVE | MS_REC, 0);
                plan.Call("close", null, Syscall.close, oldRoot);
            }
            plan.Call("detach", "the old root", Syscall.umount2, dot, MNT_DETACH);
        }
        plan.Call("chdir", "/", Syscall.chdir, slash);
        if (propagation != MountPropagation.MS_SLAVE && propagation != MountPropagation.Unchanged)
            plan.Call("set propagation of", "/", Syscall.mount, 0, slash, 0, (long)propagation | (recursive ? MS_REC : 0L), 0);
        return console;
    }

    /// <summary>Keeps the root's own mount from spreading to the host, while the mounts below it are to be shared.</summary>
    private static void MakeParentPrivate(string rootfs, SyscallPlan plan)
    {
        string mountPoint = MountInfo.FindMountPoint(MountInfo.ReadSelf().Span, rootfs);
        plan.Call("set propagation of", mountPoint, Syscall.mount, 0, plan.Text(mountPoint), 0, (long)MountPropagation.MS_PRIVATE, 0);
    }

    /// <summary>Without a mount namespace of its own the container only gets another root directory.</summary>
    private static void ChangeRoot(StartRequest request, SyscallPlan plan)
    {
        if (request.StopsBeforePivot)
        {
            JoinCgroups(request, plan);
            plan.Reach("hooks", request.Channel.Fd, (int)StartPoint.BeforePivot);
        }
        plan.Call("chdir", request.Rootfs, Syscall.chdir, plan.Text(request.Rootfs));
        plan.Call("chroot", request.Rootfs, Syscall.chroot, plan.Text("."));
        plan.Call("chdir", "/", Syscall.chdir, plan.Text("/"));
    }

    /// <summary>A missing working directory is made, as runc does; on a root that cannot be written the chdir reports it.</summary>
    private static void MakeWorkingDirectory(SyscallPlan plan, RootfsPaths paths, string cwd)
    {
        Slot directory = paths.Open(cwd, mayBeMissing: true);
        int there = plan.JumpUnless(directory, -(long)Errno.ENOENT);
        plan.Call("close", null, Syscall.close, paths.OpenOrMakeDirectory(cwd));
        plan.Land(there);
        paths.Close(directory);
    }

    private static void JoinCgroups(StartRequest request, SyscallPlan plan)
    {
        if (request.JoinFiles.Count == 0) return;
        nint zero = plan.Text("0");
        foreach (FdHandle file in request.JoinFiles)
        {
            plan.Call("join", "cgroup", Syscall.write, file.Fd, zero, 1);
            plan.Call("close", null, Syscall.close, file.Fd);
        }
    }

    private static (MountPropagation Kind, bool Recursive) Propagation(string? name)
    {
        if (string.IsNullOrEmpty(name)) return (MountPropagation.Unchanged, true);
        (MountPropagation Kind, bool Recursive) propagation = MountOptions.PropagationOf(name);
        if (propagation.Kind == MountPropagation.Unchanged) throw new KeelsonException(ErrorKind.InvalidArgument, $"linux.rootfsPropagation: '{name}' is not a propagation");
        return propagation;
    }
}
