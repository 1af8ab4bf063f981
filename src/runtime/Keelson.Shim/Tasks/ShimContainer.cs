using System.Text;
using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Events;
using Keelson.Shim.Launch;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Tasks;

/// <summary>A container and its processes.</summary>
internal sealed partial class ShimContainer
{
    private readonly ShimContext context;
    private readonly CreateRequest request;
    private readonly ShimOptions options;
    private readonly OciRuntime runtime;
    private readonly BundleConfig config;
    private readonly bool isSandbox;
    private readonly Dictionary<string, ShimProcess> added = new(StringComparer.Ordinal);
    private OomEvents? oomEvents;
    private Watch? oomWatch;
    private Cgroup? cgroup;

    private ShimContainer(ShimContext context, CreateRequest request, bool isSandbox)
    {
        this.context = context;
        this.request = request;
        this.isSandbox = isSandbox;
        if (Files.TryReadAll(request.Bundle + "/" + BundleConfig.SandboxFile, out ReadOnlyMemory<byte> sandbox, limitBytes: 4096) == Errno.None) Sandbox = Encoding.UTF8.GetString(sandbox.Span).Trim();
        options = ShimOptions.Parse(request.Options);
        config = BundleConfig.Read(request.Bundle);
        runtime = new OciRuntime(context.Reaper, options, config, context.Namespace, context.Log.Warning);
        Init = new ShimProcess("", request.Stdio);
    }

    public string Id => request.Id;

    public string Bundle => request.Bundle;

    /// <summary>The sandbox that it is in, as the daemon has noted in the bundle; empty for none.</summary>
    public string Sandbox { get; } = "";

    public ShimProcess Init { get; }

    private string Rootfs => Bundle + "/rootfs";

    /// <summary>Makes a container: mounts its root, opens its streams and lets the runtime create it.</summary>
    /// <param name="context">What all containers share.</param>
    /// <param name="request">What to make.</param>
    /// <param name="isSandbox">It is a sandbox's own: no task, and nothing of it is announced as one.</param>
    /// <exception cref="KeelsonException">The runtime's own words, or what went wrong before it.</exception>
    public static async Task<ShimContainer> CreateAsync(ShimContext context, CreateRequest request, bool isSandbox = false)
    {
        ShimContainer container = new(context, request, isSandbox);
        string optionsFile = request.Bundle + "/options.json";
        Files.TryWriteFile(optionsFile, container.options.ToJson(), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, 0b110_000_000).ThrowIfError("write", optionsFile);
        RootfsMounts.Mount(request.Rootfs, container.Rootfs);
        try
        {
            // A restored container is made by Start: there is no process that could wait for it.
            if (request.Checkpoint.Length == 0) await container.LaunchAsync(container.Init, "OCI runtime create failed", container.CreateCommand, "init.pid");
            return container;
        }
        catch
        {
            RootfsMounts.Unmount(container.Rootfs);
            throw;
        }
    }

    /// <summary>The process of a request.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none.</exception>
    public ShimProcess Find(string execId)
    {
        if (execId.Length == 0) return Init;
        return added.TryGetValue(execId, out ShimProcess? process) ? process : throw new KeelsonException(ErrorKind.NotFound, $"process {execId} of container {Id} does not exist");
    }

    /// <summary>Adds a process, which Start runs.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: there is one of this name. FailedPrecondition: the container does not run.</exception>
    public void Add(ExecRequest exec)
    {
        ShimServer.CheckName(exec.ExecId);
        if (added.ContainsKey(exec.ExecId)) throw new KeelsonException(ErrorKind.AlreadyExists, $"exec {exec.ExecId} of container {Id} already exists");
        if (Init.Status is Api.TaskStatus.Paused or Api.TaskStatus.Pausing) throw new KeelsonException(ErrorKind.FailedPrecondition, "cannot exec in a paused state");
        if (Init.Status == Api.TaskStatus.Stopped) throw new KeelsonException(ErrorKind.FailedPrecondition, "cannot exec in a stopped state");
        added.Add(exec.ExecId, new ShimProcess(exec.ExecId, exec.Stdio) { Spec = exec.Spec.Value.ToArray() });
        Publish(TaskEvents.ExecAdded(Id, exec.ExecId));
    }

    /// <summary>Starts a process.</summary>
    /// <returns>Its process ID.</returns>
    /// <exception cref="KeelsonException">The runtime's own words. FailedPrecondition: it was started before.</exception>
    public async Task<int> StartAsync(string execId)
    {
        ShimProcess process = Find(execId);
        if (process.Status != Api.TaskStatus.Created || process.IsStarting) throw new KeelsonException(ErrorKind.FailedPrecondition, $"cannot start a {Word(process.Status)} process");
        process.BeginStart();
        try
        {
            if (process != Init) await LaunchAsync(process, "OCI runtime exec failed", ExecCommand, $"exec-{execId}.pid");
            else if (request.Checkpoint.Length > 0)
            {
                await LaunchAsync(Init, "OCI runtime restore failed", RestoreCommand, "init.pid");
                WatchMemory();
            }
            else
            {
                // Before it runs: a program may be out of memory in its first millisecond.
                WatchMemory();
                await SayAsync("OCI runtime start failed", () => runtime.StartAsync(Id));
            }
            if (process.Exit is null) process.Status = Api.TaskStatus.Running;
            Publish(process == Init ? TaskEvents.Start(Id, process.Pid) : TaskEvents.ExecStarted(Id, execId, process.Pid));
            return process.Pid;
        }
        catch when (process != Init && process.Pid == 0)
        {
            // It never was: Delete and Wait still need an answer.
            process.Stop(new ExitResponse(0, 255, context.Loop.Now), _ => { });
            throw;
        }
        finally
        {
            process.EndStart();
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <exception cref="KeelsonException">NotFound: "process already finished".</exception>
    public async Task KillAsync(string execId, int signal, bool all)
    {
        ShimProcess process = Find(execId);
        if (process != Init)
        {
            process.Kill(signal);
            return;
        }
        if (Init.Exit is not null && !all) throw new KeelsonException(ErrorKind.NotFound, "process already finished");
        try
        {
            await runtime.KillAsync(Id, signal, all);
        }
        catch (KeelsonException e) when (e.Message.Contains("not running", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("no such process", StringComparison.OrdinalIgnoreCase))
        {
            throw new KeelsonException(ErrorKind.NotFound, "process already finished", e);
        }
    }

    /// <summary>Stops all processes.</summary>
    public async Task PauseAsync()
    {
        if (Init.Status != Api.TaskStatus.Running) throw new KeelsonException(ErrorKind.FailedPrecondition, $"cannot pause a {Word(Init.Status)} container");
        Init.Status = Api.TaskStatus.Pausing;
        try
        {
            await RunAsync("OCI runtime pause failed", ["pause", Id]);
            if (Init.Exit is null) Init.Status = Api.TaskStatus.Paused;
        }
        finally
        {
            if (Init.Status == Api.TaskStatus.Pausing) Init.Status = Api.TaskStatus.Running;
        }
        Publish(TaskEvents.Paused(Id));
    }

    /// <summary>Lets all processes go on.</summary>
    public async Task ResumeAsync()
    {
        if (Init.Status != Api.TaskStatus.Paused) throw new KeelsonException(ErrorKind.FailedPrecondition, $"cannot resume a {Word(Init.Status)} container");
        await RunAsync("OCI runtime resume failed", ["resume", Id]);
        if (Init.Exit is null) Init.Status = Api.TaskStatus.Running;
        Publish(TaskEvents.Resumed(Id));
    }

    /// <summary>Changes the limits, or what is mounted.</summary>
    public async Task UpdateAsync(TypedMessage resources)
    {
        if (resources.TypeUrl is MountChange.Add or MountChange.Remove)
        {
            await ChangeMountsAsync(resources.TypeUrl == MountChange.Add ? "add" : "remove", resources.Value);
            return;
        }
        using ProgramOutput file = new("resources", resources.Value.Span);
        using FdHandle input = Files.Open(file.Path, OpenFlags.O_RDONLY);
        await RunAsync("OCI runtime update failed", ["update", "--resources", "-", Id], input.Fd);
    }

    private async Task ChangeMountsAsync(string action, ReadOnlyMemory<byte> mounts)
    {
        using ProgramOutput file = new("mounts", mounts.Span);
        using FdHandle input = Files.Open(file.Path, OpenFlags.O_RDONLY);
        await RunAsync("OCI runtime mounts failed", ["mounts", action, Id, "-"], input.Fd);
    }

    /// <summary>Saves the processes.</summary>
    public async Task CheckpointAsync(CheckpointRequest checkpoint)
    {
        List<string> arguments = checkpoint.ToArguments(out string work, out string images);
        if (work.Length == 0) work = options.CriuWorkPath.Length > 0 ? options.CriuWorkPath : Bundle + "/work";
        await RunAsync("OCI runtime checkpoint failed", ["checkpoint", "--image-path", images, "--work-path", work, .. arguments, Id]);
        Publish(TaskEvents.Checkpointed(Id, checkpoint.Path));
    }

    /// <summary>The processes, with the names of those that Exec added.</summary>
    public async Task<List<(int Pid, string ExecId)>> ProcessesAsync()
    {
        List<(int, string)> processes = [];
        foreach (int pid in await runtime.ProcessesAsync(Id)) processes.Add((pid, added.Values.FirstOrDefault(process => process.Pid == pid && process.Exit is null)?.Id ?? ""));
        return processes;
    }

    /// <summary>What the kernel counts.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: the container has ended, or has no cgroup.</exception>
    public TypedMessage Stats() => ContainerStats.Write(OpenCgroup() ?? throw new KeelsonException(ErrorKind.NotFound, $"cgroup of container {Id} does not exist"));

    private void Publish(TaskEvent happened)
    {
        if (!isSandbox) context.Events.Publish(happened);
    }

    private static string Word(Api.TaskStatus status) => status.ToString().ToLowerInvariant();
}
