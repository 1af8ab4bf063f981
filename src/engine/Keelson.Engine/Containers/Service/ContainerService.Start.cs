using Keelson.Engine.Tasks;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Records;
using Keelson.Oci;
using Keelson.Shim.Api;
using Keelson.Snapshots;

namespace Keelson.Engine.Containers;

/// <summary>Starting containers.</summary>
internal sealed partial class ContainerService
{
    /// <summary>Exit code of a container that could not be started, where no shell has one for it.</summary>
    private const int OtherFailure = 128;

    public async Task<bool> StartAsync(string nameOrId, CancellationToken cancel = default)
    {
        ManagedContainer container = table.Get(nameOrId);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        return await StartAsync(container, isByHand: true).ConfigureAwait(false);
    }

    /// <summary>Starts a container. The caller has the turn.</summary>
    private async Task<bool> StartAsync(ManagedContainer container, bool isByHand)
    {
        ContainerState state = container.Info.State;
        if (state.Status == ContainerStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, "cannot start a paused container, try unpause instead");
        if (state.Status == ContainerStatus.Running) return false;
        if (state.Status is ContainerStatus.Removing or ContainerStatus.Dead) throw new KeelsonException(ErrorKind.FailedPrecondition, "container is marked for removal and cannot be started");
        CancelRestart(container);
        if (isByHand) container.RestartDelay = TimeSpan.Zero;
        int restarts = isByHand ? 0 : state.RestartCount + 1;
        try
        {
            await RunAsync(container, restarts).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            await FailAsync(container, restarts, e).ConfigureAwait(false);
            // The settings name a program that cannot be run: that is the caller's fault, as dockerd has it.
            if (CodeOf(MessageOf(e)) != OtherFailure && e is not KeelsonException { Kind: ErrorKind.InvalidArgument or ErrorKind.NotFound }) throw new KeelsonException(ErrorKind.InvalidArgument, MessageOf(e));
            throw;
        }
    }

    private async Task RunAsync(ManagedContainer container, int restarts)
    {
        ContainerInfo info = container.Info;
        container.Log.Check();
        IReadOnlyList<Mount> mounts = await Snapshotter(info).MountsAsync(info.SnapshotKey, stop.Token).ConfigureAwait(false);
        Account account = AccountResolver.Resolve(info.Settings.User ?? "", info.Host.GroupAdd ?? [], FilesOf(info, mounts));
        IReadOnlyList<MountPoint> prepared = await PrepareAsync(info).ConfigureAwait(false);
        container.WasOutOfMemory = false;
        ContainerRun run = OpenRun(container);
        Task<SandboxRecord?> opening = Task.FromResult<SandboxRecord?>(null);
        try
        {
            // The namespace of a container with a user namespace has to be its: the runtime makes it.
            bool isMapped = UserMapping.Parse(info.Host.UsernsMode) is not null;
            string? place = null;
            if (!isMapped) (opening, place) = await BeginNetworksAsync(info).ConfigureAwait(false);
            RuntimeSpec configuration = SpecBuilder.Build(Inputs(info with { Mounts = prepared }, account, isStart: true) with { NetworkPath = place });
            await LoadProfileAsync(configuration.Process!).ConfigureAwait(false);
            byte[] spec = RuntimeSpecWriter.ToUtf8(configuration, indented: false);
            options.Step?.Invoke("create task");
            TaskDefinition definition = new(info.Id, spec, run.Paths)
            {
                Runtime = ContainerRecords.Runtime(info.Host.Runtime),
                Rootfs = Rootfs(info, mounts),
                Options = shimOptions,
            };
            int first = await CreateTaskAsync(info.Id, definition, opening).ConfigureAwait(false);
            run.OpenOutput();
            if (isMapped) opening = OpenNetworksAsync(info, $"/proc/{first}/ns/net");
            SandboxRecord? sandbox = await opening.ConfigureAwait(false);
            WriteNames(info, sandbox);
            options.Step?.Invoke("start task");
            int pid = await tasks.StartAsync(Namespace, info.Id, cancel: stop.Token).ConfigureAwait(false);
            run.OpenInput();
            container.Run = run;
            ContainerInfo changed = info with
            {
                State = Started(info, pid, restarts),
            };
            // A container that lost its record's change with the power is not running any more either.
            await ChangeAsync(container, changed, [.. VolumeService.Events(Namespace, info, isStart: true), .. NetworkEvents(sandbox, "connect"), Event(changed, "start")], isLazy: true, spec).ConfigureAwait(false);
            Watch(container, run);
        }
        catch
        {
            container.Run = null;
            await TryAsync($"delete the task of container {info.Id}", () => DeleteTaskAsync(info.Id)).ConfigureAwait(false);
            if (!opening.IsCompleted) await TryAsync($"make the networks of container {info.Id}", () => opening).ConfigureAwait(false);
            await CloseNetworksAsync(info).ConfigureAwait(false);
            run.Dispose();
            container.Hub.End();
            await ReleaseAsync(info).ConfigureAwait(false);
            throw;
        }
    }

    private ContainerState Started(ContainerInfo info, int pid, int restarts) => new()
    {
        Status = ContainerStatus.Running,
        Pid = pid,
        StartedAt = options.Time.GetUtcNow(),
        FinishedAt = info.State.FinishedAt,
        RestartCount = restarts,
        Health = HealthPlan.Of(info.Settings) is null ? null : new(),
    };

    private async Task<int> CreateTaskAsync(string id, TaskDefinition definition, Task networks)
    {
        try
        {
            return await CreateTaskAsync(id, definition).ConfigureAwait(false);
        }
        catch
        {
            // Networks that could not be made take the namespace along; then they are what has failed.
            await networks.ConfigureAwait(false);
            throw;
        }
    }

    private async Task<int> CreateTaskAsync(string id, TaskDefinition definition)
    {
        try
        {
            return await tasks.CreateAsync(Namespace, definition, stop.Token).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
        {
            // What a daemon left that was killed while it ended a run.
            await DeleteTaskAsync(id).ConfigureAwait(false);
            return await tasks.CreateAsync(Namespace, definition, stop.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Kills and deletes a task; none is no error.</summary>
    private async Task DeleteTaskAsync(string id)
    {
        try
        {
            Task<ExitResponse> end = tasks.WaitAsync(Namespace, id, cancel: stop.Token);
            await TryKillAsync(id, Linux.Sys.Signals.SIGKILL).ConfigureAwait(false);
            TaskSummary? task = tasks.List(Namespace).FirstOrDefault(task => task.Id == id);
            // What was only created ends with its deletion.
            if (task is { Status: Shim.Api.TaskStatus.Running or Shim.Api.TaskStatus.Paused }) await end.WaitAsync(TaskService.KillLimit, options.Time).ConfigureAwait(false);
            await tasks.DeleteAsync(Namespace, id).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
        }
    }

    private async Task FailAsync(ManagedContainer container, int restarts, Exception cause)
    {
        string message = MessageOf(cause);
        int code = CodeOf(message);
        ContainerInfo info = container.Info;
        ContainerInfo changed = info with { State = info.State with { Status = info.State.WasStarted ? ContainerStatus.Exited : ContainerStatus.Created, Pid = 0, ExitCode = code, Error = message, RestartCount = restarts, FinishedAt = info.State.WasStarted ? options.Time.GetUtcNow() : info.State.FinishedAt } };
        await TryAsync($"note the failure of container {info.Id}", () => ChangeAsync(container, changed, [Event(changed, "die", ("exitCode", Text(code)))], isLazy: true)).ConfigureAwait(false);
        container.TellExit(new(code, message));
        if (info.Host.AutoRemove) _ = background.Run($"remove container {info.Id}", () => RemoveQuietlyAsync(container));
    }

    private static string MessageOf(Exception cause) => (cause as KeelsonException)?.FullMessage ?? cause.Message;

    /// <summary>127 and 126 as a shell has them, for what people look at most.</summary>
    private static int CodeOf(string message) => message.Contains("no such file or directory", StringComparison.Ordinal) || message.Contains("executable file not found", StringComparison.Ordinal) ? 127
        : message.Contains("permission denied", StringComparison.OrdinalIgnoreCase) ? 126 : OtherFailure;

    private ContainerRun OpenRun(ManagedContainer container)
    {
        string folder = $"{stateDirectory}/{container.Id}";
        Files.TryMakeDirectories(folder, 0b111_000_000).ThrowIfError("make directory", folder);
        return new(poller, container.Hub, folder + "/", container.Info.Settings.OpenStdin, () => tasks.CloseInputAsync(Namespace, container.Id, cancel: stop.Token));
    }

    /// <summary>Users and groups that the container's root knows. A root that nobody wrote to is its image's.</summary>
    private AccountFiles FilesOf(ContainerInfo info, IReadOnlyList<Mount> mounts)
    {
        AccountFiles? known = info.State.WasStarted ? null : accounts.Find(info.ImageId);
        if (known is not null) return known;
        using RootView root = RootView.Open(mounts);
        AccountFiles files = AccountFiles.Read(root.Root);
        return files;
    }

    /// <summary>Makes what the specification binds: volumes that are mounted, shared memory.</summary>
    /// <returns>The mounts, with where they come from now.</returns>
    private async Task<IReadOnlyList<MountPoint>> PrepareAsync(ContainerInfo info)
    {
        try
        {
            IReadOnlyList<MountPoint> mounts = await MountVolumesAsync(info, info.Mounts).ConfigureAwait(false);
            MountSharedMemory(info);
            return mounts;
        }
        catch
        {
            await ReleaseAsync(info).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IReadOnlyList<MountPoint>> MountVolumesAsync(ContainerInfo info, IReadOnlyList<MountPoint> mounts)
    {
        if (mounts.Count == 0) return mounts;
        MountPoint[] mounted = [.. mounts];
        for (int i = 0; i < mounted.Length; i++)
            if (mounted[i] is { Type: "volume", Name.Length: > 0 } point) mounted[i] = point with { Source = await volumes.MountAsync(point.Name, info.Id, point.Destination, stop.Token).ConfigureAwait(false) };
        return mounted;
    }

    private void MountSharedMemory(ContainerInfo info)
    {
        if (info.Host.IpcMode != "shareable") return;
        string path = SharedMemory(info.Id);
        Directory.CreateDirectory(path);
        MountSet.Unmount(path, isLazy: true);
        MountSet.Mount([new("tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=" + Text(info.Host.ShmSizeBytes)])], path);
    }

    /// <summary>What the shim mounts as the root. Owners are mapped here, as the shims of others know nothing of that: the shim binds what was mounted.</summary>
    private IReadOnlyList<MountEntry> Rootfs(ContainerInfo info, IReadOnlyList<Mount> mounts)
    {
        if (UserMapping.Parse(info.Host.UsernsMode) is null) return [.. mounts.Select(mount => new MountEntry(mount.Type, mount.Source, mount.Target, mount.Options))];
        string path = MappedRoot(info.Id);
        Directory.CreateDirectory(path);
        MountSet.Unmount(path, isLazy: true);
        MountSet.Mount(mounts, path);
        return [new("bind", path, "", ["rbind"])];
    }

    /// <summary>Takes away what <see cref="PrepareAsync"/> and <see cref="Rootfs"/> made.</summary>
    private async Task ReleaseAsync(ContainerInfo info)
    {
        if (UserMapping.Parse(info.Host.UsernsMode) is not null) MountSet.Unmount(MappedRoot(info.Id), isLazy: true);
        string path = SharedMemory(info.Id);
        if (info.Host.IpcMode == "shareable") MountSet.Unmount(path, isLazy: true);
        HashSet<string>? running = null;
        List<Task> told = [];
        foreach (MountPoint point in info.Mounts)
        {
            if (point.Type != "volume") continue;
            running ??= [.. table.All.Where(other => other.Id != info.Id && other.Info.State.IsRunning).SelectMany(other => other.Info.Mounts).Select(mount => mount.Name)];
            string what = $"give back volume {point.Name}";
            if (point.Driver == IVolumeService.Local) await TryAsync(what, () => volumes.UnmountAsync(point.Name, info.Id, null, running)).ConfigureAwait(false);
            else told.Add(background.Run(what, () => volumes.UnmountAsync(point.Name, info.Id, null, running)));
        }
        if (told.Count > 0) await AwaitPluginsAsync(Task.WhenAll(told)).ConfigureAwait(false);
    }

    /// <summary>Waits for plug-ins that are told of an end, but not for one that hangs: who uses or removes its volume next does.</summary>
    private async Task AwaitPluginsAsync(Task told)
    {
        try
        {
            await told.WaitAsync(options.VolumePlugins.ListPatience, options.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
        }
    }

    private Task LoadProfileAsync(ProcessSpec process) => process.ApparmorProfile == DefaultAppArmor.Name && appArmor is not null ? appArmor.EnsureLoadedAsync() : Task.CompletedTask;

    private string SharedMemory(string id) => $"{stateDirectory}/{id}/shm";

    private string MappedRoot(string id) => $"{stateDirectory}/{id}/rootfs";

    private SpecInputs Inputs(ContainerInfo info, Account account, bool isStart)
    {
        int Pid(string mode, string what)
        {
            if (SettingsCheck.Container(mode) is not { } id || !isStart) return 0;
            ContainerState other = table.Get(id).Info.State;
            return other.IsRunning && other.Pid > 0 ? other.Pid : throw new KeelsonException(ErrorKind.FailedPrecondition, $"cannot join {what} of a non running container: {id}");
        }
        string? shared = info.Host.IpcMode == "shareable" ? SharedMemory(info.Id)
            : SettingsCheck.Container(info.Host.IpcMode) is { } owner && table.Get(owner).Info.Host.IpcMode == "shareable" ? SharedMemory(owner) : null;
        return new()
        {
            Container = info,
            Machine = machine,
            Account = account,
            Cgroups = cgroups,
            Devices = DeviceFinder.Find(info.Host),
            BlockDevices = DeviceFinder.Numbers(info.Host),
            NetworkPid = Pid(info.Host.NetworkMode, "network"),
            ProcessPid = Pid(info.Host.PidMode, "PID"),
            IpcPid = Pid(info.Host.IpcMode, "IPC"),
            SharedMemoryPath = shared,
            LinkVariables = [.. LinkVariables(info)],
            NamesOf = SettingsCheck.Container(info.Host.NetworkMode) is { } network ? table.Get(network).Info : null,
        };
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
