using Keelson.Cgroups;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Events;
using Keelson.Shim.Io;

namespace Keelson.Shim.Tasks;

/// <summary>Making processes, and what follows their ends.</summary>
internal sealed partial class ShimContainer
{
    private const int KillTries = 100;
    private static readonly TimeSpan KillPause = TimeSpan.FromMilliseconds(20);

    private List<string> CreateCommand(ShimProcess process, string pidFile)
    {
        List<string> words = ["create", "--bundle", Bundle, "--pid-file", pidFile];
        if (process.Io!.ConsoleSocket is { } socket) words.AddRange(["--console-socket", socket]);
        if (options.NoPivotRoot) words.Add("--no-pivot");
        if (options.NoNewKeyring) words.Add("--no-new-keyring");
        words.Add(Id);
        return words;
    }

    private List<string> RestoreCommand(ShimProcess process, string pidFile)
    {
        List<string> words = ["restore", "--detach", "--bundle", Bundle, "--pid-file", pidFile, "--image-path", request.Checkpoint];
        words.AddRange(["--work-path", options.CriuWorkPath.Length > 0 ? options.CriuWorkPath : Bundle + "/work"]);
        if (process.Io!.ConsoleSocket is { } socket) words.AddRange(["--console-socket", socket]);
        if (options.NoPivotRoot) words.Add("--no-pivot");
        words.Add(Id);
        return words;
    }

    private List<string> ExecCommand(ShimProcess process, string pidFile)
    {
        List<string> words = ["exec", "--detach", "--pid-file", pidFile];
        if (process.Io!.ConsoleSocket is { } socket) words.AddRange(["--console-socket", socket]);
        return words;
    }

    /// <summary>Opens the streams of a process, lets the runtime make it, and follows it from then on.</summary>
    private async Task LaunchAsync(ShimProcess process, string failure, Func<ShimProcess, string, List<string>> command, string pidFileName)
    {
        string pidFile = Bundle + "/" + pidFileName;
        context.Reaper.Hold();
        try
        {
            process.Io = await ProcessIo.OpenAsync(context.Loop, context.Reaper, process.Stdio, new StreamOwner(Id, context.Namespace, options.IoUid, options.IoGid));
            using ProgramOutput spec = new("process", process.Spec);
            List<string> words = command(process, pidFile);
            if (process != Init) words.AddRange(["--process", spec.Path, Id]);
            using IDisposable place = await context.Launches.EnterAsync();
            await RunAsync(failure, [.. words], process.Io.ChildDescriptors);
            process.Io.CloseChildEnds();
            int pid = OciRuntime.ReadPidFile(pidFile);
            // It may have ended already: its end waits in the reaper.
            context.Track(process.FollowAsync(pid, context.Reaper, exit => Ended(process, exit)));
            process.Io.Started();
        }
        catch
        {
            // Without its terminal it is of no use.
            if (process.Pid != 0 && process.Exit is null) Processes.TryKill(process.Pid, Signals.SIGKILL);
            if (process.Io is not null) await process.Io.CloseAsync();
            process.Io = null;
            if (process == Init) await DiscardAsync();
            throw;
        }
        finally
        {
            context.Reaper.Release();
            if (process != Init) Files.TryUnlink(pidFile);
        }
    }

    /// <summary>Removes what a failed create may have left; the error that counts is that of the create.</summary>
    private async Task DiscardAsync()
    {
        try
        {
            await DeleteFromRuntimeAsync(force: true);
        }
        catch (KeelsonException e)
        {
            context.Log.Warning($"delete what is left of container {Id}: {e.FullMessage}");
        }
    }

    private void Ended(ShimProcess process, ExitResponse exit)
    {
        if (process == Init)
        {
            // The kernel tells of the memory before it kills, but both may be read in one turn: clients expect the cause before the end.
            if (oomEvents is not null) MemoryNotice();
            StopWatchingMemory();
            // Without a PID namespace of its own the container's other processes do not end with the first.
            if (!config.HasOwnPids) context.Track(KillRestAsync());
        }
        Publish(TaskEvents.Exit(Id, process == Init ? Id : process.Id, exit));
    }

    private async Task KillRestAsync()
    {
        try
        {
            await runtime.RunAsync(["kill", "--all", Id, "KILL"]);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // None was left.
        }
        catch (KeelsonException e)
        {
            context.Log.Warning($"kill the rest of container {Id}: {e.FullMessage}");
        }
    }

    /// <summary>Removes a process that has ended or never ran; with the first one, the container.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it runs.</exception>
    public async Task<ExitResponse> DeleteAsync(string execId)
    {
        ShimProcess process = Find(execId);
        if (process.IsStarting || process.Status is Api.TaskStatus.Running or Api.TaskStatus.Paused or Api.TaskStatus.Pausing)
            throw new KeelsonException(ErrorKind.FailedPrecondition, $"cannot delete a {Word(process.Status)} process: {(execId.Length == 0 ? Id : execId)}");
        if (process == Init)
        {
            bool isAlive = Init.Pid != 0 && Init.Exit is null;
            await DeleteFromRuntimeAsync(force: isAlive);
            if (isAlive) await Init.Exited;
        }
        if (process.Io is not null) await process.Io.CloseAsync();
        process.Io = null;
        ExitResponse exit = process.Exit ?? new ExitResponse(0, 0, null);
        if (process != Init)
        {
            added.Remove(execId);
            return exit;
        }
        foreach (ShimProcess other in added.Values.ToArray())
            if (other.Io is not null)
                await other.Io.CloseAsync();
        StopWatchingMemory();
        RootfsMounts.Unmount(Rootfs);
        Publish(TaskEvents.Delete(Id, exit));
        return exit;
    }

    private async Task DeleteFromRuntimeAsync(bool force)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                await runtime.DeleteAsync(Id, force);
                return;
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound && e.Message.Contains("does not exist", StringComparison.Ordinal))
            {
                return;
            }
            catch (KeelsonException) when (i < KillTries && !force)
            {
                // Other processes of the container are still on their way out.
                await context.Loop.DelayAsync(KillPause);
            }
        }
    }

    private Task RunAsync(string failure, string[] words, params int[] stdio) => SayAsync(failure, () => runtime.RunAsync(words, stdio));

    /// <summary>Puts before an error what it was that failed, in containerd's words.</summary>
    private static async Task SayAsync(string failure, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"{failure}: {e.Message}", e.InnerException);
        }
    }

    private Cgroup? OpenCgroup()
    {
        if (cgroup is not null || Init.Pid == 0 || Init.Exit is not null) return cgroup;
        List<string> saved = ["cgroupfs"];
        List<(string Controllers, string Path)> own = CgroupMembership.Read(Init.Pid);
        foreach (CgroupHierarchy hierarchy in context.Cgroups.Hierarchies)
            foreach ((string controllers, string path) in own)
                if (controllers == hierarchy.Controllers && path != "/")
                    saved.Add($"{controllers}:{hierarchy.MountPoint}{path}");
        return cgroup = saved.Count > 1 ? Cgroup.Open(saved) : null;
    }

    private void WatchMemory()
    {
        if (Init.Exit is not null || oomEvents is not null) return;
        try
        {
            oomEvents = OpenCgroup()?.OpenOomEvents();
            if (oomEvents is not null) oomWatch = context.Loop.Watch(oomEvents.Fd, EpollEvents.EPOLLIN, _ => MemoryNotice());
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unsupported)
        {
            // A container without a memory controller, or one that has just ended and so left its cgroup, has no such notices.
        }
        catch (KeelsonException e)
        {
            context.Log.Warning($"watch the memory of container {Id}: {e.FullMessage}");
        }
    }

    private void MemoryNotice()
    {
        try
        {
            OomNotice notice = oomEvents!.Read();
            if (notice == OomNotice.OutOfMemory) Publish(TaskEvents.OutOfMemory(Id));
            else if (notice == OomNotice.Removed) StopWatchingMemory();
        }
        catch (KeelsonException e)
        {
            context.Log.Warning($"read the memory notices of container {Id}: {e.FullMessage}");
            StopWatchingMemory();
        }
    }

    private void StopWatchingMemory()
    {
        oomWatch?.Dispose();
        oomEvents?.Dispose();
        (oomWatch, oomEvents) = (null, null);
    }
}
