using System.Globalization;
using System.Text;
using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Hooks;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Seccomp;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Containers;

/// <summary>Brings one container into being; a failure at any point takes back what was made before.</summary>
/// <remarks>
/// runtime-spec 1.3 runtime "Lifecycle" steps 1 to 9:
/// <code>
///   reserve the name ─ cgroup ─ compile plan ─ clone ─ record the process ID ─┬─ mappings, devices, hooks as the child asks for them
///                                                                            └─ ready (create) or became its program (run)
/// </code>
/// </remarks>
internal sealed partial class ContainerCreator : IDisposable
{
    private readonly RuntimeOptions runtime;
    private readonly CreateOptions options;
    private readonly RuntimeSpec spec;
    private readonly ContainerDirectory directory;
    private readonly ContainerRecord record;
    private readonly ChildChannel channel;
    private readonly bool privileged = Processes.EffectiveUserId == 0;
    private readonly bool waitsForStart;
    /// <summary>
    /// Below this limit, on v2, the child enters its group at the end, by a write that costs some milliseconds; above it is cloned into it at once, and
    /// the few hundred KiB of the clone are charged to the container until execve.
    /// </summary>
    private const long SmallMemoryLimit = 8 << 20;

    /// <summary>A limit of processes in which the stages of the start may not fit.</summary>
    private const long FewProcesses = 4;

    private Cgroup? cgroup;
    private NotifySocket? notify;
    private FdHandle? unified, pidFd;
    private NetworkDevices? devices;
    private bool joinsLate, isFirstStage, finished, madeResctrlGroup;

    /// <summary>Keeps a scope of systemd until the container's process is in it.</summary>
    private PlaceHolder? placeHolder;

    private ContainerCreator(RuntimeOptions runtime, CreateOptions options, RuntimeSpec spec, ContainerDirectory directory, ContainerRecord record, bool waitsForStart)
    {
        (this.runtime, this.options, this.spec, this.directory, this.record, this.waitsForStart) = (runtime, options, spec, directory, record, waitsForStart);
        try
        {
            channel = new ChildChannel();
        }
        catch
        {
            directory.Remove();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Creates a container.</summary>
    /// <param name="runtime">Settings of the runtime.</param>
    /// <param name="options">Settings of the container.</param>
    /// <param name="waitsForStart">The process waits before execve until it is started; else it runs at once.</param>
    /// <returns>The container, locked.</returns>
    public static Container Create(RuntimeOptions runtime, CreateOptions options, bool waitsForStart)
    {
        using ContainerCreator creator = Begin(runtime, options, waitsForStart, out BundleConfiguration bundle);
        creator.Run(bundle);
        return new Container(runtime, creator.directory, creator.record, creator.spec) { Notify = creator.notify };
    }

    /// <summary>Reads the bundle and reserves the name.</summary>
    private static ContainerCreator Begin(RuntimeOptions runtime, CreateOptions options, bool waitsForStart, out BundleConfiguration bundle)
    {
        ContainerId.Validate(options.Id);
        bundle = BundleConfiguration.Read(options.Id, options.Bundle, runtime.Warn);
        RuntimeSpec spec = bundle.Spec;
        if (spec.Process!.Terminal && options.ConsoleSocket is null && options.MakeConsoleSocket is null)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create container {options.Id}: cannot allocate tty if runtime will detach without setting console socket");
        if (!spec.Process.Terminal && options.ConsoleSocket is not null)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"create container {options.Id}: cannot use console socket if runtime will not detach or allocate tty");
        if (spec.Hooks?.StartContainer.Length > 0) waitsForStart = true;

        ContainerDirectory directory = ContainerDirectory.Create(runtime.Root, options.Id);
        ContainerRecord record = new()
        {
            Id = options.Id,
            Bundle = bundle.Directory,
            Rootfs = bundle.Rootfs,
            OciVersion = spec.OciVersion,
            Created = runtime.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture),
            Owner = Processes.EffectiveUserId,
            Namespaces = NamespaceBits(spec),
            NoNewKeyring = options.NoNewKeyring,
            Annotations = spec.Annotations,
        };
        return new ContainerCreator(runtime, options, spec, directory, record, waitsForStart);
    }

    /// <summary>Takes back everything unless the creation came to its end.</summary>
    public void Dispose()
    {
        unified?.Dispose();
        placeHolder?.Dispose();
        if (!finished) devices?.TakeBack(runtime.Warn);
        devices?.Dispose();
        if (!finished && record.Pid != 0) EndProcess();
        channel.Dispose();
        pidFd?.Dispose();
        if (finished) return;
        notify?.Dispose();
        try
        {
            if (record.ResctrlDirectory is { } resctrl) ResctrlGroup.Remove(resctrl, spec.Linux!.IntelRdt!, options.Id, isNew: madeResctrlGroup);
            if (cgroup is not null && !cgroup.TryRemove())
            {
                cgroup.KillAll(Signals.SIGKILL);
                cgroup.Remove();
            }
            directory.Remove();
        }
        catch (KeelsonException e)
        {
            runtime.Warn($"clean up after the failed creation of {options.Id}: {e.FullMessage}");
        }
        directory.Dispose();
    }

    /// <summary>Kills and reaps the child, or both of them when there are two stages.</summary>
    private void EndProcess()
    {
        if (isFirstStage && channel.ReadToEnd() is > 0 and int second)
        {
            Processes.TryWait(record.Pid, out _, out _);
            record.Pid = second;
        }
        Processes.TryKill(record.Pid, Signals.SIGKILL);
        // The first process of a PID namespace ends after all others there are reaped. Those are children of this process if it made them, so
        // when the end does not come at once, it reaps what it has.
        for (int i = 0; Processes.TryWait(record.Pid, out _, out int ended, noHang: true) == Errno.None && ended == 0; i++)
        {
            if (i < 1000) Clock.Pause(1000);
            else Processes.TryWait(-1, out _, out _, noHang: true);
        }
    }

    private static ulong NamespaceBits(RuntimeSpec spec)
    {
        CloneFlags bits = 0;
        foreach (NamespaceSpec ns in spec.Linux?.Namespaces ?? []) bits |= NamespaceSet.Flag(ns.Type);
        return (ulong)bits;
    }

    private void Run(BundleConfiguration bundle)
    {
        PrepareCgroup();
        directory.WriteConfiguration(bundle.Json.Span);
        PrepareNotices();
        using FdHandle? console = Connect(ConsoleSocketPath(), "console socket");
        using NamespaceSet namespaces = NamespaceSet.Open(spec.Linux?.Namespaces);
        using FdHandle hostProc = HostProc.Open();
        using FdHandle? gate = waitsForStart ? directory.MakeGate() : null;
        using SyscallPlan prologue = new(), plan = new();
        using MountPreparation preparation = new();
        StartResources start = new()
        {
            Channel = channel,
            HostProc = hostProc,
            Namespaces = namespaces,
            Preparation = preparation,
            StartGate = gate,
            ConsoleSocket = console,
            Cgroup = cgroup,
            JoinFiles = cgroup?.OpenJoinFiles(withUnified: joinsLate) ?? [],
            NotForChild = unified is null ? [directory.LockFd, channel.ParentFd] : [directory.LockFd, channel.ParentFd, unified.Fd],
        };
        try
        {
            bool awaitsRecord = start.Compile(runtime, options, bundle, prologue, plan);
            Cloner.RunHere(prologue);
            record.Pid = Cloner.Start(plan, channel.ChildEnd, NamespaceSteps.FirstClone(namespaces), unified, out pidFd);
            channel.CloseChildEnd();
            isFirstStage = NamespaceSteps.NeedsTwoStages(namespaces);
            if (!isFirstStage) RecordProcess();
            if (awaitsRecord) channel.TryContinue();
            Converse(plan);
        }
        catch (PlanException e)
        {
            throw new KeelsonException(e.Kind, $"create container {options.Id}", e);
        }
        finally
        {
            foreach (FdHandle file in start.JoinFiles) file.Dispose();
        }
        WritePidFile(options.PidFile, record.Pid);
        SendPidFd(options.PidFdSocket, pidFd!);
        finished = true;
    }

    /// <summary>Where the terminal's master goes. One in the foreground starts with the size of the caller's.</summary>
    private string? ConsoleSocketPath()
    {
        if (!spec.Process!.Terminal) return null;
        if (options.ConsoleSocket is not null) return options.ConsoleSocket;
        if (Terminals.TryReadSize(0, out ushort rows, out ushort columns) == Errno.None) spec.Process.ConsoleSize ??= new ConsoleSize { Height = rows, Width = columns };
        return options.MakeConsoleSocket!();
    }

    private void PrepareCgroup()
    {
        CgroupLayout layout = CgroupLayout.Detect();
        CgroupOptions how = new()
        {
            IsRootless = runtime.Rootless,
            SkipDevices = spec.Linux?.UidMappings.Length > 0 && !privileged,
            OwnerUid = HostRoot(spec.Linux?.UidMappings),
            Warn = runtime.Warn,
        };
        // It is on record before it is made, as the cgroup is.
        if (spec.Linux?.IntelRdt is { } group) record.ResctrlDirectory = ResctrlGroup.DirectoryOf(group, options.Id);
        cgroup = runtime.UsesSystemdCgroups ? AskSystemd(layout, how) : MakeCgroup(layout, how);
        record.Cgroup = cgroup.Save();
        if (spec.Linux?.IntelRdt is { } rdt) MakeResctrlGroup(rdt);
        // The limit of processes is asked at each clone, and not of those who join.
        joinsLate = cgroup.Mode == CgroupMode.V2 && spec.Linux?.Resources is { } limits && (limits.Memory?.Limit is > 0 and < SmallMemoryLimit || limits.Pids?.Limit is >= 0 and < FewProcesses);
        unified = joinsLate ? null : cgroup.OpenDirectory();
    }

    private void MakeResctrlGroup(IntelRdtSpec rdt)
    {
        try
        {
            madeResctrlGroup = ResctrlGroup.Make(rdt, options.Id);
        }
        catch
        {
            // What was made is gone again, and what was there is somebody else's.
            record.ResctrlDirectory = null;
            throw;
        }
    }

    private Cgroup MakeCgroup(CgroupLayout layout, CgroupOptions how)
    {
        CgroupPath path = CgroupPath.For(spec.Linux?.CgroupsPath, options.Id);
        record.Cgroup = Cgroup.Foresee(layout, path);
        directory.Write(record);
        return Cgroup.Create(layout, path, spec.Linux?.Resources, how);
    }

    private Cgroup AskSystemd(CgroupLayout layout, CgroupOptions how)
    {
        bool isUser = runtime.Rootless;
        SystemdUnit unit = SystemdUnit.For(spec.Linux?.CgroupsPath, options.Id, isUser);
        placeHolder = new PlaceHolder();
        SystemdOptions systemd = new() { Pid = placeHolder.Pid, IsUser = isUser, Annotations = spec.Annotations, Description = "container " + options.Id };
        record.Cgroup = Cgroup.Foresee(layout, unit, systemd);
        directory.Write(record);
        return Cgroup.Create(layout, unit, spec.Linux?.Resources, how, systemd);
    }

    /// <summary>Gives the container a way to tell the host's service manager of its state.</summary>
    private void PrepareNotices()
    {
        if (options.NotifySocket is not { } host) return;
        directory.MakeNotifyDirectory();
        spec.Mounts = [.. spec.Mounts, new MountSpec { Destination = NotifySocket.DirectoryInContainer, Type = "bind", Source = directory.NotifyDirectoryPath, Options = ["bind", "nosuid", "noexec", "nodev", "ro"] }];
        spec.Process!.Env = [.. spec.Process.Env, $"NOTIFY_SOCKET={NotifySocket.DirectoryInContainer}/{NotifySocket.FileName}"];
        if (!waitsForStart) notify = NotifySocket.Bind(directory.NotifyDirectoryPath, host, runtime.Warn);
    }

    /// <summary>The host's user that is root in the container; <see langword="null"/> when it is the host's root.</summary>
    private static uint? HostRoot(IdMapping[]? mappings)
    {
        foreach (IdMapping mapping in mappings ?? [])
            if (mapping.ContainerId == 0)
                return mapping.HostId;
        return null;
    }

    private void RecordProcess()
    {
        ProcessStatus.TryRead(record.Pid, out ProcessStatus status).ThrowIfError("read status of", "container process");
        record.PidStart = status.StartTicks;
        directory.Write(record);
    }

    private void Converse(SyscallPlan plan)
    {
        while (channel.Next(plan, out long value) is { } point)
        {
            switch (point)
            {
                case StartPoint.ProcessId:
                    Processes.TryWait(record.Pid, out _, out _).ThrowIfError("wait", "first stage");
                    pidFd!.Dispose();
                    record.Pid = (int)value;
                    isFirstStage = false;
                    Processes.TryOpenPid(record.Pid, out pidFd).ThrowIfError("pidfd_open", "container process");
                    RecordProcess();
                    if ((spec.Linux is { } linux) && Array.Exists(linux.Namespaces, n => n is { Type: NamespaceKind.User, Path.Length: > 0 })) OomScore.Write(record.Pid, spec.Process!.OomScoreAdj);
                    break;
                case StartPoint.Ready:
                    return;
                case StartPoint.Cgroup:
                    cgroup!.Attach(record.Pid);
                    break;
                case StartPoint.Mappings:
                    UserMappings.Write(record.Pid, spec.Linux!, privileged);
                    OomScore.Write(record.Pid, spec.Process!.OomScoreAdj);
                    break;
                case StartPoint.BeforePivot:
                    RunCreationHooks();
                    break;
                case StartPoint.SeccompListener:
                    SeccompFilters.SendListener(spec.Linux!.Seccomp!, pidFd!, (int)value, StateJson.Format(record, ContainerStatus.Creating, record.Pid, listener: true, spec.Linux.Seccomp!.ListenerMetadata));
                    break;
                case StartPoint.NetworkDevices:
                    devices = NetworkDevices.Open(record.Pid);
                    devices.Move(spec.Linux!.NetDevices);
                    break;
            }
            channel.Continue();
        }
        if (waitsForStart) throw new KeelsonException(ErrorKind.Unavailable, $"create container {options.Id}: the container's process ended before it was ready");
    }

    private void RunCreationHooks()
    {
        if (record.ResctrlDirectory is { } resctrl) ResctrlGroup.Join(resctrl, record.Pid, spec.Linux!.IntelRdt!.EnableMonitoring, options.Id);
        if (spec.Hooks is not { } hooks) return;
        ReadOnlyMemory<byte> state = StateJson.Format(record, ContainerStatus.Creating, record.Pid);
        HookRunner.RunAll("prestart", hooks.Prestart, state);
        HookRunner.RunAll("createRuntime", hooks.CreateRuntime, state);
        CloneFlags joined = (CloneFlags)record.Namespaces & ~(CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME);
        HookRunner.RunAll("createContainer", hooks.CreateContainer, StateJson.Format(record, ContainerStatus.Creating, NamespacePid.Of(record.Pid)), new HelperProgram.NamespaceTarget(pidFd!, joined));
    }

    /// <summary>Writes a process ID to a file, which appears whole or not at all.</summary>
    public static void WritePidFile(string? file, int pid)
    {
        if (file is null) return;
        string temporary = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "." + Path.GetFileName(file));
        Files.WriteFile(temporary, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0b110_100_100);
        Files.TryRename(temporary, file).ThrowIfError("rename", file);
    }

    /// <summary>Sends a descriptor of a process to a unix socket.</summary>
    public static void SendPidFd(string? path, FdHandle pidFd)
    {
        using FdHandle? socket = Connect(path, "pidfd socket");
        if (socket is not null) Sockets.TrySend(socket.Fd, "pidfd"u8, [pidFd.Fd]).ThrowIfError("send pidfd to", path);
    }

    /// <summary>Connects to a socket that the caller named; <see langword="null"/> when it named none.</summary>
    public static FdHandle? Connect(string? path, string what)
    {
        if (path is null) return null;
        Sockets.TryConnect(path, out FdHandle? connection).ThrowIfError("connect to " + what, path);
        return connection;
    }
}
