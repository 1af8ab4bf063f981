using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Hooks;
using Keelson.Runtime.Start;

namespace Keelson.Runtime;

/// <summary>One container. Its state lies on disk: any process may open it and act on it.</summary>
/// <remarks>Commands that change a container lock it, so two of them follow one another. runtime-spec 1.3 runtime "Operations".</remarks>
public sealed partial class Container : IDisposable
{
    /// <summary>How long a killed process may take to go: it may be writing a core, or wait for a disk.</summary>
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(10);

    private readonly RuntimeOptions runtime;
    private readonly ContainerDirectory directory;
    private ContainerRecord record;
    private RuntimeSpec? spec;
    private Cgroup? cgroup;

    internal Container(RuntimeOptions runtime, ContainerDirectory directory, ContainerRecord record, RuntimeSpec? spec = null)
    {
        (this.runtime, this.directory, this.record, this.spec) = (runtime, directory, record, spec);
    }

    /// <summary>The container's name.</summary>
    public string Id => record.Id;

    /// <summary>Process ID of its first process, as this process counts; it may have ended.</summary>
    public int Pid => record.Pid;

    /// <summary>Absolute path of its bundle.</summary>
    public string Bundle => record.Bundle;

    /// <summary>Absolute path of its root file system on the host.</summary>
    public string Rootfs => record.Rootfs;

    /// <summary>When it was created, RFC 3339 in UTC.</summary>
    public string Created => record.Created;

    /// <summary>User that created it.</summary>
    public uint Owner => record.Owner;

    /// <summary>Version of the specification that its configuration names.</summary>
    public string OciVersion => record.OciVersion;

    /// <summary>Annotations of its configuration.</summary>
    public IReadOnlyDictionary<string, string> Annotations => record.Annotations;

    /// <summary>The configuration as it was at create.</summary>
    public RuntimeSpec Spec => spec ??= RuntimeSpecParser.Parse(directory.ReadConfiguration().Span);

    /// <summary>Its cgroup; <see langword="null"/> when it has none of its own.</summary>
    public Cgroup? Cgroup => cgroup ??= record.Cgroup.Count == 0 ? null : Cgroups.Cgroup.Open(record.Cgroup);

    /// <summary>The state at this moment.</summary>
    public ContainerStatus Status
    {
        get
        {
            if (record.Pid == 0)
            {
                if (directory.IsLockedByOther()) return ContainerStatus.Creating;
                Refresh();
            }
            if (!IsAlive()) return ContainerStatus.Stopped;
            if (Cgroup?.IsFrozen == true) return ContainerStatus.Paused;
            return directory.HasGate ? ContainerStatus.Created : ContainerStatus.Running;
        }
    }

    /// <summary>The state as the specification's JSON, for hooks.</summary>
    internal ReadOnlyMemory<byte> StateFor(ContainerStatus status) => StateJson.Format(record, status, status == ContainerStatus.Stopped ? 0 : record.Pid);

    /// <summary>Lets a created container run its program. runtime-spec 1.3 runtime "Start".</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it is not created. A startContainer or poststart hook failed: the container is then killed.</exception>
    /// <param name="notifySocket">
    /// Socket of the host's service manager; <see cref="Notify"/> then passes on what the program says. Nothing is passed on for a container that was
    /// created without <see cref="CreateOptions.NotifySocket"/>.
    /// </param>
    public void Start(string? notifySocket = null)
    {
        Lock();
        ContainerStatus status = Status;
        if (status != ContainerStatus.Created)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"start container {Id}: cannot start a container that has {(status == ContainerStatus.Stopped ? "stopped" : "already been started: it is " + StatusName.Of(status))}");
        if (notifySocket is not null && directory.HasNotifyDirectory) Notify = NotifySocket.Bind(directory.NotifyDirectoryPath, notifySocket, runtime.Warn);
        RunStartHooks("startContainer", hooks => hooks.StartContainer, ContainerStatus.Created, inContainer: true);
        Errno errno = directory.TryOpenGate();
        if (errno == Errno.ENXIO) throw new KeelsonException(ErrorKind.FailedPrecondition, $"start container {Id}: container process is already dead");
        errno.ThrowIfError("start container", Id);
        RunPoststartHooks();
    }

    internal void RunPoststartHooks() => RunStartHooks("poststart", hooks => hooks.Poststart, ContainerStatus.Running, inContainer: false);

    /// <summary>Sends a signal to the container's first process, or to all its processes.</summary>
    /// <param name="signal">1 to 64. signal(7).</param>
    /// <param name="all">All processes of its cgroup; it may then have stopped already.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run.</exception>
    public void Kill(int signal, bool all = false)
    {
        if (all)
        {
            Cgroup?.KillAll(signal);
            return;
        }
        using FdHandle? process = OpenProcess();
        if (process is null) throw new KeelsonException(ErrorKind.FailedPrecondition, $"kill container {Id}: container not running");
        Errno errno = Processes.TrySignal(process.Fd, signal);
        if (errno == Errno.ESRCH) throw new KeelsonException(ErrorKind.FailedPrecondition, $"kill container {Id}: container not running: os: process already finished");
        errno.ThrowIfError("kill container", Id);
        // A frozen process dies only once it may run.
        if (signal == Signals.SIGKILL && Cgroup is { IsFrozen: true } frozen) frozen.Thaw();
    }

    /// <summary>Stops all processes of the container until <see cref="Resume"/>.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run.</exception>
    public void Pause()
    {
        Lock();
        if (Status is not (ContainerStatus.Running or ContainerStatus.Created)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"pause container {Id}: container not running");
        RequireCgroup("pause").Freeze();
    }

    /// <summary>Lets a paused container go on.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it is not paused.</exception>
    public void Resume()
    {
        Lock();
        if (Status != ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"resume container {Id}: container not paused");
        RequireCgroup("resume").Thaw();
    }

    /// <summary>Changes limits. What <paramref name="resources"/> leaves out stays.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it has stopped. A value was refused; the kernel's word is in the message.</exception>
    public void Update(LinuxResources resources)
    {
        Lock();
        if (Status == ContainerStatus.Stopped) throw new KeelsonException(ErrorKind.FailedPrecondition, $"update container {Id}: container not running");
        RequireCgroup("update").Update(resources, runtime.Warn);
    }

    /// <summary>Process IDs of all its processes, as this process counts.</summary>
    public int[] ProcessIds() => RequireCgroup("list processes of").ProcessIds(recursive: true);

    /// <summary>Removes a container that has stopped or was never started. runtime-spec 1.3 runtime "Delete".</summary>
    /// <param name="force">Kills it first if it runs.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it runs.</exception>
    public void Delete(bool force = false)
    {
        Lock();
        ContainerStatus status = Status;
        if (status is ContainerStatus.Running or ContainerStatus.Paused && !force)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"delete container {Id}: cannot delete container {Id} that is not stopped: {StatusName.Of(status)}");
        if (status != ContainerStatus.Stopped) KillAndWait();
        Destroy();
    }

    /// <summary>Waits until the container's first process has ended.</summary>
    /// <param name="timeout">How long at most; <see langword="null"/> for no bound.</param>
    /// <returns>Whether it has ended.</returns>
    public bool WaitForEnd(TimeSpan? timeout = null)
    {
        using FdHandle? process = OpenProcess();
        if (process is null) return true;
        Span<PollEntry> entries = [new PollEntry { Fd = process.Fd, Events = PollEvents.POLLIN }];
        Errno errno;
        int ready;
        do errno = Files.TryPoll(entries, timeout is { } t ? (int)t.TotalMilliseconds : -1, out ready);
        while (errno == Errno.EINTR);
        errno.ThrowIfError("wait for container", Id);
        return ready > 0;
    }

    /// <summary>What the container's program says to the host's service manager, when it was started with such a socket. It is closed with this object.</summary>
    public NotifySocket? Notify { get; internal set; }

    /// <summary>Takes the container's lock, under which it can be changed, unless another command changes it at this moment. It is held until <see cref="Unlock"/>.</summary>
    /// <returns>Whether the lock is held, and the container still there.</returns>
    public bool TryLock()
    {
        if (!directory.TryLock()) return false;
        Refresh();
        return true;
    }

    /// <summary>Lets other commands change the container while this object stays open.</summary>
    public void Unlock() => directory.Unlock();

    /// <summary>Leaves the container's lock and closes its files. The container stays.</summary>
    public void Dispose()
    {
        Notify?.Dispose();
        directory.Dispose();
    }

    /// <summary>Waits until no other command changes the container, and keeps others from it until this object is disposed.</summary>
    /// <exception cref="KeelsonException">NotFound: another command has deleted it meanwhile.</exception>
    private void Lock()
    {
        directory.Lock();
        Refresh();
    }

    /// <summary>Reads the record again if it is from the time of the creation; afterwards only what is told of the end changes in it.</summary>
    private void Refresh()
    {
        if (record.Pid != 0 || directory.TryRead() is not { } later) return;
        record = later;
        cgroup = null;
    }

    /// <summary>A descriptor of the first process; <see langword="null"/> when it has ended.</summary>
    internal FdHandle? OpenProcess()
    {
        Refresh();
        if (record.Pid == 0 || Processes.TryOpenPid(record.Pid, out FdHandle? process) != Errno.None) return null;
        // The number may belong to another process by now; the descriptor was opened first, so what is read is about it.
        if (IsAlive()) return process;
        process!.Dispose();
        return null;
    }

    /// <summary>Removes what is left of a container whose processes are gone or will be killed.</summary>
    internal void Destroy()
    {
        List<string> failures = [];
        if (Cgroup is { } group && !group.TryRemove())
        {
            Try(failures, () => group.KillAll(Signals.SIGKILL));
            Try(failures, group.Remove);
        }
        if (record.ResctrlDirectory is { } resctrl && TrySpec()?.Linux?.IntelRdt is { } rdt) Try(failures, () => ResctrlGroup.Remove(resctrl, rdt, Id));
        HookSpec[] poststop = TrySpec()?.Hooks?.Poststop ?? [];
        if (failures.Count > 0) throw new KeelsonException(ErrorKind.FailedPrecondition, $"delete container {Id}: {string.Join("; ", failures)}");
        directory.Remove();
        HookRunner.RunEach("poststop", poststop, StateFor(ContainerStatus.Stopped), runtime.Warn);
    }

    private static void Try(List<string> failures, Action action)
    {
        try
        {
            action();
        }
        catch (KeelsonException e)
        {
            failures.Add(e.FullMessage);
        }
    }

    /// <summary>The configuration, unless the runtime was killed before it was written.</summary>
    private RuntimeSpec? TrySpec()
    {
        try
        {
            return Spec;
        }
        catch (KeelsonException e)
        {
            if (e.Kind != ErrorKind.NotFound) runtime.Warn(e.FullMessage);
            return null;
        }
    }

    private void KillAndWait()
    {
        Cgroup? group = Cgroup;
        using (FdHandle? process = OpenProcess())
            if (process is not null)
                Processes.TrySignal(process.Fd, Signals.SIGKILL);
        if (group is { IsFrozen: true }) group.Thaw();
        if (!WaitForEnd(KillTimeout)) throw new KeelsonException(ErrorKind.Unavailable, $"delete container {Id}: its process {Pid} does not end within {KillTimeout.TotalSeconds:0} s of SIGKILL");
    }

    private bool IsAlive() =>
        record.Pid != 0 && ProcessStatus.TryRead(record.Pid, out ProcessStatus status) == Errno.None && !status.IsDead && status.StartTicks == record.PidStart;

    private Cgroup RequireCgroup(string operation) =>
        Cgroup ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"{operation} container {Id}: it has no cgroup of its own");

    private void RunStartHooks(string kind, Func<HookSet, HookSpec[]> select, ContainerStatus status, bool inContainer)
    {
        if (Spec.Hooks is not { } hooks || select(hooks) is not { Length: > 0 } selected) return;
        try
        {
            using FdHandle? process = OpenProcess();
            if (process is null && inContainer) throw new KeelsonException(ErrorKind.FailedPrecondition, $"run {kind} hooks of container {Id}: container process is already dead");
            HelperProgram.NamespaceTarget? target = inContainer ? new HelperProgram.NamespaceTarget(process!, (CloneFlags)record.Namespaces & ~CloneFlags.CLONE_NEWTIME) : null;
            HookRunner.RunAll(kind, selected, StateJson.Format(record, status, inContainer ? NamespacePid.Of(Pid) : Pid), target);
        }
        catch (KeelsonException)
        {
            KillAndWait();
            throw;
        }
    }
}
