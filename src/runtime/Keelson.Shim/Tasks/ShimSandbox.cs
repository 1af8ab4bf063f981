using Keelson.Linux.Sys;
using Keelson.Shim.Api;

namespace Keelson.Shim.Tasks;

/// <summary>A sandbox: a container whose first process holds the namespaces that other containers join.</summary>
/// <remarks>
/// <code>
///   CreateSandbox         StartSandbox          StopSandbox, or the process ends         ShutdownSandbox
///   ────────────► made ────────────► ready ─────────────────────────────────► ended ────────────────► gone
/// </code>
/// It needs a process because its callers do: those who build the containers of a pod write <c>/proc/PID/ns/…</c> of the sandbox into their configurations.
/// </remarks>
internal sealed class ShimSandbox
{
    private readonly ShimContext context;
    private readonly ShimContainer holder;
    private readonly bool hasProgram;
    private bool isStarted;

    private ShimSandbox(ShimContext context, ShimContainer holder, bool hasProgram)
    {
        this.context = context;
        this.holder = holder;
        this.hasProgram = hasProgram;
        CreatedAt = context.Loop.Now;
    }

    /// <summary>The sandbox's name.</summary>
    public string Id => holder.Id;

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>The process whose namespaces containers join.</summary>
    public int Pid => holder.Init.Pid;

    /// <summary>Completes with its end.</summary>
    public Task<ExitResponse> Exited => holder.Init.Exited;

    /// <summary>Makes a sandbox: the runtime creates its first process, and with it the namespaces.</summary>
    /// <exception cref="KeelsonException">The runtime's own words, or what is wrong with the configuration.</exception>
    public static async Task<ShimSandbox> CreateAsync(ShimContext context, SandboxCreateRequest request)
    {
        bool hasProgram = HolderConfig.Complete(request);
        CreateRequest container = new(request.Id, request.Bundle, new StdioPaths("", "", "", false)) { Rootfs = request.Rootfs, Options = request.Options };
        return new ShimSandbox(context, await ShimContainer.CreateAsync(context, container, isSandbox: true), hasProgram);
    }

    /// <summary>Starts it: runs its program, if it has one.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it was started, or has ended. Or the runtime's own words.</exception>
    public async Task StartAsync()
    {
        if (isStarted) throw new KeelsonException(ErrorKind.FailedPrecondition, $"start sandbox {Id}: it was started before");
        if (holder.Init.Exit is not null) throw new KeelsonException(ErrorKind.FailedPrecondition, $"start sandbox {Id}: it has ended");
        isStarted = true;
        if (hasProgram) await holder.StartAsync("");
    }

    /// <summary>Ends it and all that runs in it. Programs are asked first, and killed when the time is over; nothing is done to what has ended.</summary>
    /// <param name="inside">The containers in it.</param>
    /// <param name="timeout">How long programs may take.</param>
    /// <exception cref="KeelsonException">Something could not be killed.</exception>
    public async Task StopAsync(IReadOnlyList<ShimContainer> inside, TimeSpan timeout)
    {
        DateTimeOffset until = context.Loop.Now + timeout;
        // The containers first: they live in the namespaces of the sandbox, one of which may end with its first process.
        await EndAsync(inside, until);
        await EndAsync([holder], until);
    }

    /// <summary>Removes it, once it is stopped.</summary>
    public Task DeleteAsync() => holder.DeleteAsync("");

    /// <summary>What it is doing.</summary>
    public SandboxStatus Status(IReadOnlyDictionary<string, string> info) =>
        new(Id, holder.Init.Exit is null ? Pid : 0, isStarted && holder.Init.Exit is null ? SandboxStatus.Ready : SandboxStatus.NotReady, CreatedAt, holder.Init.Exit?.ExitedAt) { Info = info };

    /// <summary>What the kernel counts of its own process; containers are counted as tasks.</summary>
    /// <exception cref="KeelsonException">NotFound: it has no cgroup of its own.</exception>
    public TypedMessage Stats() => holder.Stats();

    private async Task EndAsync(IReadOnlyList<ShimContainer> ending, DateTimeOffset until)
    {
        ShimContainer[] alive = [.. ending.Where(container => container.Init.Pid != 0 && container.Init.Exit is null)];
        if (alive.Length == 0) return;
        Task all = Task.WhenAll(alive.Select(container => container.Init.Exited));
        foreach (ShimContainer container in alive.Where(container => container.Init.Status == Api.TaskStatus.Paused)) await container.ResumeAsync();
        if (until > context.Loop.Now)
        {
            // One that was not started has no program that could be asked.
            ShimContainer[] asked = [.. alive.Where(container => container.Init.Status == Api.TaskStatus.Running)];
            foreach (ShimContainer container in asked) TryKill(container, Signals.SIGTERM);
            if (asked.Length > 0) await Task.WhenAny(Task.WhenAll(asked.Select(container => container.Init.Exited)), context.Loop.DelayAsync(until - context.Loop.Now));
        }
        foreach (ShimContainer container in alive) TryKill(container, Signals.SIGKILL);
        await all;
    }

    private static void TryKill(ShimContainer container, int signal)
    {
        if (container.Init.Exit is null) container.Init.Kill(signal);
    }
}
