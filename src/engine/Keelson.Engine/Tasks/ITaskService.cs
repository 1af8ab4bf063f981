using Keelson.Shim.Api;

namespace Keelson.Engine.Tasks;

/// <summary>Runs containers through their shims, and knows them again after a restart.</summary>
/// <remarks>
/// A task is a container that was created: its first process, and those that were added to it. One task's calls wait for each other where they must, never for
/// another task's; a shim that hangs delays nothing but calls for its own containers. Errors of a shim keep its words.
/// </remarks>
public interface ITaskService
{
    /// <summary>Makes a task; its first process waits for <see cref="StartAsync"/>.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="definition">What to run.</param>
    /// <param name="cancel">Ends it early; nothing half-made stays.</param>
    /// <returns>The process ID of its first process.</returns>
    /// <exception cref="KeelsonException">AlreadyExists: the container has a task. Others as the shim or the runtime says.</exception>
    Task<int> CreateAsync(string space, TaskDefinition definition, CancellationToken cancel = default);

    /// <summary>Starts the first process, or one that <see cref="ExecAsync"/> added.</summary>
    /// <returns>Its process ID.</returns>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it runs, or has ended.</exception>
    Task<int> StartAsync(string space, string id, string execId = "", CancellationToken cancel = default);

    /// <summary>Adds a process.</summary>
    /// <exception cref="KeelsonException">NotFound. AlreadyExists: the name of the process is taken. FailedPrecondition: the task does not run.</exception>
    Task ExecAsync(string space, ExecRequest request, CancellationToken cancel = default);

    /// <summary>What a process is doing, as its shim says.</summary>
    /// <exception cref="KeelsonException">NotFound. Unavailable: the shim does not answer.</exception>
    Task<StateResponse> StateAsync(string space, string id, string execId = "", CancellationToken cancel = default);

    /// <summary>The tasks of a namespace with their last known state; asks no shim, so nothing can delay it.</summary>
    IReadOnlyList<TaskSummary> List(string space);

    /// <summary>Waits for the end of a process. Does not end early because the daemon asked the shim again.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    Task<ExitResponse> WaitAsync(string space, string id, string execId = "", CancellationToken cancel = default);

    /// <summary>Removes a process that has ended; with the first one the task, its bundle and its mounts.</summary>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it runs.</exception>
    Task<ExitResponse> DeleteAsync(string space, string id, string execId = "", CancellationToken cancel = default);

    /// <summary>Sends a signal.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="id">The container.</param>
    /// <param name="signal">Number of the signal.</param>
    /// <param name="execId">The process; empty for the first one.</param>
    /// <param name="all">To all processes of the container.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">NotFound: it is not there, or the process has ended.</exception>
    Task KillAsync(string space, string id, int signal, string execId = "", bool all = false, CancellationToken cancel = default);

    /// <summary>Gives a terminal a size.</summary>
    Task ResizeAsync(string space, string id, string execId, uint columns, uint rows, CancellationToken cancel = default);

    /// <summary>Ends standard input once its writer has closed it.</summary>
    Task CloseInputAsync(string space, string id, string execId = "", CancellationToken cancel = default);

    /// <summary>Stops all processes.</summary>
    Task PauseAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>Lets all processes go on.</summary>
    Task ResumeAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>Changes the limits.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="request">The limits, <c>LinuxResources</c> as JSON. runtime-spec config-linux "Control groups".</param>
    /// <param name="cancel">Ends it early.</param>
    Task UpdateAsync(string space, UpdateRequest request, CancellationToken cancel = default);

    /// <summary>The processes of a container.</summary>
    Task<IReadOnlyList<TaskProcess>> ProcessesAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>What the kernel counts: <c>io.containerd.cgroups.v1.Metrics</c> or <c>v2.Metrics</c>.</summary>
    Task<TypedMessage> StatsAsync(string space, string id, CancellationToken cancel = default);

    /// <summary>Keeps the state of the processes in a directory.</summary>
    Task CheckpointAsync(string space, CheckpointRequest request, CancellationToken cancel = default);
}
