using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that turn the child into the configured process: limits, identity, rights, filter, program.</summary>
/// <remarks>The same for the container's first process and for one that is added later. runtime-spec 1.3 config "Process".</remarks>
internal sealed class ProcessSteps(ProcessRequest request, SyscallPlan plan)
{
    private const int PR_SET_KEEPCAPS = 8, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_RAISE = 2, PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private const int PR_SET_PDEATHSIG = 1, KEYCTL_JOIN_SESSION_KEYRING = 1, KEYCTL_SETPERM = 5, KEYCTL_DESCRIBE = 6;
    private const int CAP_SYS_ADMIN = 21;
    private static ulong AllKnown => (1UL << Capabilities.Count) - 1;
    private readonly ProcessSpec process = request.Process;

    /// <summary>What needs the host's procfs, and so comes before the root changes.</summary>
    public void OpenProcFiles(ProcPaths proc)
    {
        if (process.OomScoreAdj is { } score && !request.InUserNamespace) proc.WriteSelf("oom_score_adj", score.ToString(System.Globalization.CultureInfo.InvariantCulture));
        LabelSupport.Check(process, request.SystemTree);
        // Before Linux 5.8 the modules share one file.
        if (!string.IsNullOrEmpty(process.ApparmorProfile))
        {
            labelFile = proc.OpenSelf(proc.HasSelf("attr/apparmor/exec") ? "attr/apparmor/exec" : "attr/exec");
        }
        else if (!string.IsNullOrEmpty(process.SelinuxLabel))
        {
            labelFile = proc.OpenSelf("attr/exec");
            // The keyring is the program's. execve takes this label back.
            if (!request.NoNewKeyring && proc.HasSelf("attr/keycreate")) proc.WriteSelf("attr/keycreate", process.SelinuxLabel);
        }
    }

    private Slot labelFile;

    /// <summary>Limits, scheduling, identity, capabilities and working directory.</summary>
    public void BecomeUser()
    {
        SetLimits();
        JoinKeyring();
        WriteLabel();
        new SchedulingSteps(request, plan).Set();
        FixStandardStreams();
        CloseDescriptors();
        SetIdentity();
        EnterDirectory();
        if (!FilterNeedsRights) SetCapabilities();
    }

    /// <summary>
    /// Without no_new_privs a filter takes CAP_SYS_ADMIN, so it comes before the last change of capabilities. It comes as late as that allows: a profile
    /// need not permit what the runtime does before.
    /// </summary>
    private bool FilterNeedsRights => !process.NoNewPrivileges && request.Seccomp is not null;

    /// <summary>The program's path, once it is known to be there: an error at <c>create</c>, not at <c>start</c>.</summary>
    public Slot FindProgram()
    {
        Slot program = plan.NewSlot();
        string name = process.Args[0];
        nint status = plan.Allocate(144);
        if (name.Contains('/'))
        {
            plan.Assign(program, plan.Text(name));
            plan.Call(ExecOperation(name), null, Syscall.newfstatat, Files.AT_FDCWD, plan.Text(name), status, 0);
            plan.Expect(ExecOperation(name) + ": is a directory", null, status + 24, FileStatus.S_IFREG, FileStatus.S_IFMT, Errno.EACCES);
            plan.Call(ExecOperation(name), null, Syscall.faccessat2, Files.AT_FDCWD, plan.Text(name), 1, 0x200).Accept(Errno.ENOSYS);
            return program;
        }
        Slot outcome = plan.NewSlot(), worst = plan.NewSlot(-(long)Errno.ENOENT);
        List<int> found = [];
        foreach (string directory in SearchPath())
        {
            string candidate = (directory.Length == 0 ? "." : directory) + "/" + name;
            nint text = plan.Text(candidate);
            plan.Call("stat", candidate, Syscall.newfstatat, Files.AT_FDCWD, text, status, 0).Into(outcome).AcceptAll();
            int missing = plan.JumpUnless(outcome, 0);
            int irregular = plan.JumpUnlessMemory(status + 24, FileStatus.S_IFREG, FileStatus.S_IFMT);
            plan.Call("access", candidate, Syscall.faccessat2, Files.AT_FDCWD, text, 1, 0x200).Into(outcome).AcceptAll();
            int denied = plan.JumpIf(outcome, -(long)Errno.EACCES);
            plan.Assign(program, text);
            found.Add(plan.JumpAlways());
            plan.Land(denied);
            plan.Assign(worst, -(long)Errno.EACCES);
            plan.Land(missing);
            plan.Land(irregular);
        }
        int isDenied = plan.JumpIf(worst, -(long)Errno.EACCES);
        plan.Fail("exec: \"" + name + "\": executable file not found in $PATH", null, (int)Errno.ENOENT);
        plan.Land(isDenied);
        plan.Fail(ExecOperation(name), null, (int)Errno.EACCES);
        foreach (int jump in found) plan.Land(jump);
        return program;
    }

    /// <summary>Gives up new privileges, and installs a filter whose listener the parent has to take while it is there.</summary>
    public void Confine()
    {
        if (process.NoNewPrivileges) plan.Call("set no_new_privs", null, Syscall.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (request.Seccomp is { NeedsListener: true }) InstallFilter();
    }

    /// <summary>The last steps: signals, filter, program.</summary>
    public void Execute(Slot program)
    {
        nint zero = plan.Allocate(32);
        // The clone reset the handlers; an ignored SIGPIPE, which .NET sets, outlives even that.
        plan.Call("reset", "SIGPIPE", Syscall.rt_sigaction, Signals.SIGPIPE, zero, 0, 8);
        plan.Call("unblock signals", null, Syscall.rt_sigprocmask, 2, zero, 0, 8);
        nint arguments = plan.Vector(process.Args), environment = plan.Vector(request.Environment);
        if (request.Seccomp is { NeedsListener: false }) InstallFilter();
        if (!request.TellsStandardError)
        {
            plan.Call(ExecOperation(process.Args[0]), null, Syscall.execve, program, arguments, environment);
            return;
        }
        // Whoever created the container is gone: the container's own standard error is the one place to say it.
        Slot outcome = plan.NewSlot();
        plan.Call(ExecOperation(process.Args[0]), null, Syscall.execve, program, arguments, environment).Into(outcome).AcceptAll();
        foreach (Errno errno in (ReadOnlySpan<Errno>)[Errno.ENOENT, Errno.ENOEXEC, Errno.EACCES])
        {
            int other = plan.JumpUnless(outcome, -(long)errno);
            string text = $"exec {process.Args[0]}: {errno.Text()}\n";
            plan.Call("write", "standard error", Syscall.write, 2, plan.Text(text), System.Text.Encoding.UTF8.GetByteCount(text)).AcceptAll();
            plan.Land(other);
        }
        plan.Fail(ExecOperation(process.Args[0]), null, outcome);
    }

    private static string ExecOperation(string name) => "exec: \"" + name + "\"";

    private IEnumerable<string> SearchPath()
    {
        foreach (string variable in request.Environment)
            if (variable.StartsWith("PATH=", StringComparison.Ordinal))
                return variable[5..].Split(':');
        return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".Split(':');
    }

    private unsafe void SetLimits()
    {
        foreach (RlimitSpec limit in process.Rlimits)
        {
            nint pair = plan.Allocate(16);
            ((ulong*)pair)[0] = limit.Soft;
            ((ulong*)pair)[1] = limit.Hard;
            plan.Call("set limit", Name(limit.Type), Syscall.prlimit64, 0, (int)limit.Type, pair, 0);
        }
    }

    // Most configurations set this one: its name costs no look-up in the metadata of the enumeration.
    private static string Name(RlimitKind kind) => kind == RlimitKind.RLIMIT_NOFILE ? "RLIMIT_NOFILE" : kind.ToString();

    private void JoinKeyring()
    {
        if (request.NoNewKeyring) return;
        Slot ring = plan.NewSlot();
        // ENOSYS: a kernel without keys. EPERM, EDQUOT: forbidden, or the quota of the user is used up; the old keyring is then shared.
        plan.Call("join session keyring", null, Syscall.keyctl, KEYCTL_JOIN_SESSION_KEYRING, plan.Text("_ses." + request.ContainerId)).Into(ring)
            .Accept(Errno.ENOSYS, Errno.EPERM, Errno.EDQUOT);
        int failed = plan.JumpIf(ring, long.MinValue, long.MinValue);
        // The possessor has all rights, the owner may search it, as every new session keyring of a login has.
        plan.Call("set permissions of session keyring", null, Syscall.keyctl, KEYCTL_SETPERM, ring, 0x3f1b0000).AcceptAll();
        plan.Land(failed);
    }

    /// <summary>Asks for the label that the program gets at execve. AppArmor documentation "aa_change_onexec"; SELinux setexeccon(3).</summary>
    internal void WriteLabel()
    {
        if (labelFile == Slot.None) return;
        string text = !string.IsNullOrEmpty(process.ApparmorProfile) ? "exec " + process.ApparmorProfile : process.SelinuxLabel!;
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        plan.Call("set label '" + text + "' of", "the process", Syscall.write, labelFile, plan.Bytes(bytes), bytes.Length);
        plan.Call("close", null, Syscall.close, labelFile);
    }

    /// <summary>Gives the standard streams to the container's user, so that <c>/dev/stdout</c> can be reopened.</summary>
    private void FixStandardStreams()
    {
        uint uid = process.User?.Uid ?? 0;
        if (uid == 0) return;
        nint empty = plan.Text(""), status = plan.Allocate(144);
        Slot known = plan.NewSlot();
        for (int fd = 0; fd < 3; fd++)
        {
            plan.Call("stat", "standard stream", Syscall.newfstatat, fd, empty, status, 0x1000).Into(known).AcceptAll();
            int closed = plan.JumpUnless(known, 0);
            int isNull = plan.JumpIfMemory(status + 40, (long)Device.Make(1, 3), -1);
            // A stream on a read-only file system or of an unmapped owner stays as it is.
            plan.Call("chown", "standard stream", Syscall.fchown, fd, uid, -1).Accept(Errno.EPERM, Errno.EROFS, Errno.EINVAL);
            plan.Land(closed);
            plan.Land(isNull);
        }
    }

    /// <summary>
    /// Closes what the runtime opened, before any path of the configuration is looked up: the working directory and the program may be given, or be
    /// links of the image, as <c>/proc/self/fd/N</c>, and would lead to the host (CVE-2024-21626). Closing at execve is too late, since the kernel looks
    /// the program up before. What is left are sockets and pipes, which lead nowhere, and what the caller hands on.
    /// </summary>
    private void CloseDescriptors()
    {
        int from = 3 + request.PreserveFds;
        int[] kept = request.StartGate is { } gate ? [Math.Min(gate, request.Channel), Math.Max(gate, request.Channel)] : [request.Channel];
        foreach (int fd in kept)
        {
            if (fd > from) plan.Call("close", "descriptors of the runtime", Syscall.close_range, from, fd - 1, 0);
            from = Math.Max(from, fd + 1);
        }
        plan.Call("close", "descriptors of the runtime", Syscall.close_range, from, int.MaxValue, 0);
    }

    private unsafe void SetIdentity()
    {
        UserSpec user = process.User ?? new UserSpec();
        // For the kernel this number means "leave it", which would be root.
        if (user.Uid == uint.MaxValue || user.Gid == uint.MaxValue) throw new KeelsonException(ErrorKind.InvalidArgument, $"process.user: {uint.MaxValue} is not an ID");
        CapabilityMasks masks = CapabilityMasks.From(process.Capabilities, request.GrantableCapabilities, request.Warn);
        for (int i = 0; i < Capabilities.Count; i++)
            if ((masks.Bounding >> i & 1) == 0)
                plan.Call("drop", Capabilities.Name(i), Syscall.prctl, PR_CAPBSET_DROP, i, 0, 0, 0).Accept(Errno.EINVAL);
        if (user.Uid != 0) plan.Call("keep capabilities", null, Syscall.prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
        if (request.MaySetGroups)
        {
            nint groups = plan.Allocate(Math.Max(user.AdditionalGids.Length, 1) * 4);
            for (int i = 0; i < user.AdditionalGids.Length; i++) ((uint*)groups)[i] = user.AdditionalGids[i];
            plan.Call("setgroups", null, Syscall.setgroups, user.AdditionalGids.Length, groups);
        }
        string gid = user.Gid.ToString(System.Globalization.CultureInfo.InvariantCulture), uid = user.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (request.ChangesIds || user.Gid != 0) plan.Call("setgid", gid, Syscall.setresgid, user.Gid, user.Gid, user.Gid);
        EnterDirectoryAsRoot();
        if (request.ChangesIds || user.Uid != 0) plan.Call("setuid", uid, Syscall.setresuid, user.Uid, user.Uid, user.Uid);
        // A change of identity may have made the process dumpable again.
        plan.Call("set not dumpable", null, Syscall.prctl, 4, 0, 0, 0, 0);
    }

    /// <summary>Makes what the process may do with its capabilities final.</summary>
    private unsafe void SetCapabilities()
    {
        CapabilityMasks masks = CapabilityMasks.From(process.Capabilities, request.GrantableCapabilities, static _ => { });
        CallCapset(masks.Effective, masks.Permitted, masks.Inheritable);
        plan.Call("clear ambient capabilities", null, Syscall.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0).Accept(Errno.EINVAL);
        for (int i = 0; i < Capabilities.Count; i++)
            if ((masks.Ambient >> i & 1) != 0)
                plan.Call("raise ambient", Capabilities.Name(i), Syscall.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
    }

    private unsafe void CallCapset(ulong effective, ulong permitted, ulong inheritable)
    {
        nint header = plan.Allocate(8), data = plan.Allocate(24);
        ((uint*)header)[0] = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
        uint* words = (uint*)data;
        (words[0], words[1], words[2]) = ((uint)effective, (uint)permitted, (uint)inheritable);
        (words[3], words[4], words[5]) = ((uint)(effective >> 32), (uint)(permitted >> 32), (uint)(inheritable >> 32));
        plan.Call("set capabilities", null, Syscall.capset, header, data);
    }

    private readonly Slot entered = plan.NewSlot();

    private void EnterDirectoryAsRoot() =>
        plan.Call("chdir", process.Cwd, Syscall.chdir, plan.Text(process.Cwd)).Into(entered).Accept(Errno.EACCES, Errno.EPERM);

    /// <summary>Sets the umask and makes sure that the working directory is one and lies inside the root.</summary>
    private void EnterDirectory()
    {
        int done = plan.JumpIf(entered, 0);
        plan.Call("chdir", process.Cwd, Syscall.chdir, plan.Text(process.Cwd));
        plan.Land(done);
        nint name = plan.Allocate(4096);
        plan.Call("getcwd", process.Cwd, Syscall.getcwd, name, 4096).Accept(Errno.ENOENT, Errno.ERANGE);
        // Outside of the root the kernel answers "(unreachable)/…"; a descriptor of the host got in as /proc/self/fd/N.
        plan.Expect("chdir: the working directory is outside of the container:", process.Cwd, name, '/', 0xff, Errno.EPERM);
        plan.Call("umask", null, Syscall.umask, (int)(process.User?.Umask ?? 0b000_010_010));
    }

    private unsafe void InstallFilter()
    {
        if (request.Seccomp is not { } filter) return;
        // The change of user has taken the rights out of the effective set; they are still permitted.
        if (FilterNeedsRights && process.User.Uid != 0) CallCapset(1UL << CAP_SYS_ADMIN, request.GrantableCapabilities & AllKnown, 0);
        nint program = plan.Allocate(16);
        *(ushort*)program = (ushort)filter.Count;
        *(nint*)(program + 8) = plan.Bytes(filter.Instructions.Span);
        Slot listener = plan.NewSlot();
        const uint SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
        uint flags = filter.Flags | (filter.NeedsListener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0);
        plan.Call("install seccomp filter", null, Syscall.seccomp, 1, flags, program).Into(listener);
        if (filter.NeedsListener)
        {
            plan.Reach("seccomp listener", request.Channel, (int)StartPoint.SeccompListener, listener);
            plan.Call("close", null, Syscall.close, listener);
        }
        if (FilterNeedsRights) SetCapabilities();
    }
}
