using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Compiles the start of a process in a running container.</summary>
/// <remarks>
/// <code>
///   first    setns(pidfd, all namespaces at once) ─ clone(CLONE_PARENT) ─ report the ID, leave
///   process  cgroups ─ terminal ─ limits, identity, capabilities ─ filter ─ execve
/// </code>
/// Until execve the process is not dumpable: nothing in the container can trace it or open its descriptors (CVE-2016-9962).
/// </remarks>
internal static class ExecPlan
{
    /// <summary>What the plan needs besides the process.</summary>
    /// <param name="Container">A descriptor of the container's first process.</param>
    /// <param name="Namespaces">Its namespaces, as far as they are not the runtime's own.</param>
    /// <param name="Root">Its root directory, when it has no mount namespace of its own.</param>
    /// <param name="Channel">The child's end of the channel.</param>
    /// <param name="HostProc">The host's procfs.</param>
    /// <param name="HasOpenAt2">Whether openat2(2) is there.</param>
    /// <param name="JoinFiles">The files that the process writes itself into.</param>
    /// <param name="IsAttached">Whether the caller puts the process into its cgroup.</param>
    /// <param name="ConsoleSocket">Where the terminal's master goes; <see langword="null"/> without a terminal.</param>
    /// <param name="IsPrivileged">Whether this process has the rights of the host's root.</param>
    /// <param name="NotForChild">Descriptors that the child closes first.</param>
    public sealed record Request(
        FdHandle Container, CloneFlags Namespaces, FdHandle? Root, FdHandle Channel, FdHandle HostProc, bool HasOpenAt2,
        IReadOnlyList<FdHandle> JoinFiles, bool IsAttached, FdHandle? ConsoleSocket, bool IsPrivileged, int[] NotForChild);

    /// <summary>Writes the plan.</summary>
    public static void Compile(Request request, ProcessRequest process, SyscallPlan plan)
    {
        foreach (int fd in request.NotForChild) plan.Call("close", null, Syscall.close, fd);
        ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
        // While the process is still the user's own: in the container it may be another's.
        if (request.IsAttached) plan.Reach("cgroup", request.Channel.Fd, (int)StartPoint.Cgroup);
        plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
        if (request.IsPrivileged) ForgetBinarySteps.Add(plan);
        if (request.Namespaces != 0) plan.Call("join", "namespaces of the container", Syscall.setns, request.Container.Fd, (long)request.Namespaces);
        if ((request.Namespaces & CloneFlags.CLONE_NEWUSER) != 0)
        {
            NamespaceSteps.BecomeRoot(plan);
            ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
            if (!request.IsPrivileged) ForgetBinarySteps.Add(plan);
        }
        if (request.Root is { } root)
        {
            plan.Call("enter", "root of the container", Syscall.fchdir, root.Fd);
            plan.Call("chroot", "root of the container", Syscall.chroot, plan.Text("."));
        }
        if ((request.Namespaces & CloneFlags.CLONE_NEWPID) != 0)
        {
            NamespaceSteps.CloneAgain(plan, request.Channel.Fd, CloneFlags.None);
            ParentSteps.DieWithRuntime(plan, request.Channel.Fd);
        }
        plan.Call("setsid", null, Syscall.setsid).Accept(Errno.EPERM);
        ProcessSteps steps = new(process, plan);
        steps.OpenProcFiles(new ProcPaths(plan, request.HostProc, request.HasOpenAt2));
        nint zero = plan.Text("0");
        foreach (FdHandle file in request.JoinFiles) plan.Call("join", "cgroup", Syscall.write, file.Fd, zero, 1);
        // The container may have put links there, and descriptors of the host are open here: /proc/self/fd/N would lead to its terminals.
        Slot top = plan.NewSlot();
        plan.Call("open", "/", Syscall.openat, Files.AT_FDCWD, plan.Text("/"), (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(top);
        RootfsPaths paths = new(plan, top, request.HasOpenAt2);
        if (request.ConsoleSocket is null) StreamSteps.OwnNull(plan, paths);
        Slot master = request.ConsoleSocket is null ? Slot.None : paths.Open("/dev/pts/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        paths.Close(top);
        if (request.ConsoleSocket is { } socket) ConsoleSteps.Attach(plan, ConsoleSteps.Open(plan, master, socket.Fd, process.Process.ConsoleSize, static _ => { }));
        steps.BecomeUser();
        Slot program = steps.FindProgram();
        steps.Confine();
        ParentSteps.LiveWithoutRuntime(plan);
        steps.Execute(program);
    }
}
