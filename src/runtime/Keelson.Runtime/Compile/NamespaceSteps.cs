using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that bring the child into its namespaces and set up what belongs to them.</summary>
/// <remarks>
/// Most kinds come with the first clone. A second clone is needed only when a user, PID or time namespace is joined, or a time namespace is
/// made: those hold for children alone, or must be there before the others are made.
/// <code>
///   parent ── clone3 ─► child                                   (all new, or joined without a second stage)
///   parent ── clone3 ─► first ── setns, unshare ── clone(CLONE_PARENT) ─► child;  first tells the parent the child's ID and leaves
/// </code>
/// </remarks>
internal static class NamespaceSteps
{
    private const CloneFlags ForChildrenOnly = CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWTIME;
    private const int SIGCHLD = 17, IFF_UP_RUNNING = 0x41, SIOCSIFFLAGS = 0x8914;

    /// <summary>Whether a second clone is needed.</summary>
    public static bool NeedsTwoStages(NamespaceSet namespaces) =>
        (namespaces.Joined & (ForChildrenOnly | CloneFlags.CLONE_NEWUSER)) != 0 || (namespaces.New & CloneFlags.CLONE_NEWTIME) != 0;

    /// <summary>Flags of the first clone.</summary>
    public static CloneFlags FirstClone(NamespaceSet namespaces) =>
        NeedsTwoStages(namespaces) ? CloneFlags.None : namespaces.New & ~CloneFlags.CLONE_NEWCGROUP;

    /// <summary>Joins namespaces and makes the rest.</summary>
    public static void Enter(StartRequest request, SyscallPlan plan, ProcPaths proc)
    {
        NamespaceSet namespaces = request.Namespaces;
        bool twoStages = NeedsTwoStages(namespaces);
        foreach ((CloneFlags kind, FdHandle file, string path) in namespaces.JoinedFiles)
        {
            plan.Call("join " + NamespaceSet.Name(kind) + " namespace", path, Syscall.setns, file.Fd, (long)kind);
            if (kind == CloneFlags.CLONE_NEWUSER) BecomeRoot(plan);
        }
        if (!twoStages) return;
        if ((namespaces.New & CloneFlags.CLONE_NEWTIME) != 0)
        {
            plan.Call("unshare", "time namespace", Syscall.unshare, (long)CloneFlags.CLONE_NEWTIME);
            string offsets = TimeOffsets(request.Spec.Linux!.TimeOffsets);
            if (offsets.Length != 0) proc.WriteSelf("timens_offsets", offsets);
        }
        CloneFlags second = namespaces.New & ~(CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME);
        CloneAgain(plan, request.Channel.Fd, second);
    }

    /// <summary>Clones the container's process as a sibling; the first stage reports its ID and leaves, and the parent lets it go on.</summary>
    public static void CloneAgain(SyscallPlan plan, int channel, CloneFlags flags)
    {
        nint record = plan.Value((Kind: -1L - (long)StartPoint.ProcessId, Pid: 0L));
        Slot pid = new(record + sizeof(long));
        plan.Call("clone into", "namespaces", Syscall.clone, (long)(flags | CloneFlags.CLONE_PARENT) | SIGCHLD, 0, 0, 0, 0).Into(pid);
        int isChild = plan.JumpIf(pid, 0);
        plan.Call("report", "process ID", Syscall.write, channel, record, 16);
        plan.Call("leave", "first stage", Syscall.exit_group, 0);
        plan.Land(isChild);
        // The parent has to know the child before it speaks: the first stage may be slower.
        ParentSteps.Await(plan, channel, "report of the process ID");
    }

    /// <summary>Becomes user 0 of the user namespace, the owner of all other namespaces.</summary>
    public static void BecomeRoot(SyscallPlan plan)
    {
        plan.Call("setgid", "0 of the user namespace", Syscall.setresgid, 0, 0, 0);
        plan.Call("setuid", "0 of the user namespace", Syscall.setresuid, 0, 0, 0);
        plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
    }

    /// <summary>Names, loopback, kernel parameters.</summary>
    public static unsafe void SetUp(StartRequest request, SyscallPlan plan, ProcPaths proc)
    {
        RuntimeSpec spec = request.Spec;
        if ((request.Namespaces.New & CloneFlags.CLONE_NEWNET) != 0)
        {
            Slot socket = plan.NewSlot();
            nint request40 = plan.Allocate(40);
            ((byte*)request40)[0] = (byte)'l';
            ((byte*)request40)[1] = (byte)'o';
            *(short*)(request40 + 16) = IFF_UP_RUNNING;
            plan.Call("open", "network socket", Syscall.socket, 2, 2 | 0x80000, 0).Into(socket);
            plan.Call("set up", "lo", Syscall.ioctl, socket, SIOCSIFFLAGS, request40);
            plan.Call("close", null, Syscall.close, socket);
        }
        SetName(plan, "set hostname", Syscall.sethostname, spec.Hostname);
        SetName(plan, "set domainname", Syscall.setdomainname, spec.Domainname);
        foreach (KeyValuePair<string, string> parameter in spec.Linux?.Sysctl ?? []) proc.WriteSysctl(parameter.Key, parameter.Value);
    }

    private static void SetName(SyscallPlan plan, string operation, Syscall call, string? name)
    {
        if (string.IsNullOrEmpty(name)) return;
        plan.Call(operation, name, call, plan.Text(name), System.Text.Encoding.UTF8.GetByteCount(name));
    }

    private static string TimeOffsets(Dictionary<string, TimeOffset> offsets)
    {
        string text = "";
        foreach ((string clock, TimeOffset offset) in offsets) text += FormattableString.Invariant($"{clock} {offset.Secs} {offset.Nanosecs}\n");
        return text;
    }
}
