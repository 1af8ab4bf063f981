namespace Keelson.Engine.Containers;

/// <summary>Containers as people type them: made from images, named, started again when they should be. One namespace of the engine.</summary>
/// <remarks>
/// A container is given by its name, its identity, or the beginning of its identity if one container alone has it. Each container waits for itself alone:
/// one whose shim hangs delays nothing but calls for it. <see cref="Get"/> and <see cref="List"/> wait for nothing at all.
/// Every call with a name throws NotFound when there is no such container, and InvalidArgument when several identities begin so.
/// </remarks>
public interface IContainerService
{
    /// <summary>The namespace in the engine.</summary>
    string Namespace { get; }

    /// <summary>The log driver of containers that name none.</summary>
    string LogDriver { get; }

    /// <summary>Who makes the cgroups of containers.</summary>
    CgroupDriver CgroupDriver { get; }

    /// <summary>Whether containers that name no profile of AppArmor get the default one.</summary>
    bool HasAppArmor { get; }

    /// <summary>The profile of AppArmor that a container has, or <c>unconfined</c>; <see langword="null"/> where there is no AppArmor.</summary>
    string? AppArmorProfileOf(ContainerInfo container);

    /// <summary>Volumes, which outlive containers.</summary>
    IVolumeService Volumes { get; }

    /// <summary>Containers that were removed and whose logs are kept.</summary>
    IRemovedContainers Removed { get; }

    /// <summary>Networks, which containers join.</summary>
    Networks.INetworkService Networks { get; }

    /// <summary>Has a container join a network, at once when it runs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nameOrId">The container.</param>
    /// <param name="settings">What it wants there; <see langword="null"/>: nothing.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">NotFound: the network. PermissionDenied: it is in the network, or cannot be in any. Others: it cannot be had; nothing is left of it.</exception>
    Task ConnectAsync(string network, string nameOrId, EndpointSettings? settings = null, CancellationToken cancel = default);

    /// <summary>Has a container leave a network, at once when it runs.</summary>
    /// <param name="network">The network.</param>
    /// <param name="nameOrId">The container.</param>
    /// <param name="force">Kept for clients: nothing has to be forced.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">NotFound: the network. PermissionDenied: it is not in the network.</exception>
    Task DisconnectAsync(string network, string nameOrId, bool force = false, CancellationToken cancel = default);

    /// <summary>Makes a container. It holds its name, its root and its volumes when this returns, and survives the daemon.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such image. AlreadyExists: the name is taken. InvalidArgument: a setting makes no sense. Conflicts of settings are InvalidArgument.</exception>
    Task<ContainerCreation> CreateAsync(ContainerCreateOptions options, CancellationToken cancel = default);

    /// <summary>A container as it is now.</summary>
    ContainerInfo Get(string nameOrId);

    /// <summary>All containers as they are now, newest first.</summary>
    IReadOnlyList<ContainerInfo> List();

    /// <summary>What its files take. It looks at all of them.</summary>
    Task<ContainerSize> SizeAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Starts it.</summary>
    /// <returns>Whether it was started; not when it ran already.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: it is paused or being removed. Others as the runtime says; the container keeps the reason.</exception>
    Task<bool> StartAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Sends it its stop signal, and kills it when that does not help in time.</summary>
    /// <param name="nameOrId">The container.</param>
    /// <param name="timeout">How long it may take; <see langword="null"/> for its own, negative for ever.</param>
    /// <param name="signal">The signal; <see langword="null"/> for its own.</param>
    /// <param name="cancel">Ends the wait; the container is stopped in any case.</param>
    /// <returns>Whether it ran.</returns>
    Task<bool> StopAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default);

    /// <summary>Stops it if it runs, and starts it.</summary>
    Task RestartAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default);

    /// <summary>Sends a signal: a number or a name. SIGKILL waits for the end.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run. InvalidArgument: there is no such signal.</exception>
    Task KillAsync(string nameOrId, string signal = "KILL", CancellationToken cancel = default);

    /// <summary>Freezes it.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run, or is frozen.</exception>
    Task PauseAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Lets it go on.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it is not frozen.</exception>
    Task ResumeAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Waits. What is waited for is seen from the moment of the call on, before the task is awaited.</summary>
    Task<ContainerExit> WaitAsync(string nameOrId, WaitCondition condition = WaitCondition.NotRunning, CancellationToken cancel = default);

    /// <summary>Removes it.</summary>
    /// <param name="nameOrId">The container.</param>
    /// <param name="force">Kill it first when it runs.</param>
    /// <param name="volumes">Remove its unnamed volumes, too.</param>
    /// <param name="cancel">Ends it early; what was begun is ended at the next start at the latest.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it runs and <paramref name="force"/> is off, or it is being removed.</exception>
    Task RemoveAsync(string nameOrId, bool force = false, bool volumes = false, CancellationToken cancel = default);

    /// <summary>Gives it another name.</summary>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: it is no name.</exception>
    Task RenameAsync(string nameOrId, string name, CancellationToken cancel = default);

    /// <summary>Changes limits, restart policy and published ports, at once when it runs.</summary>
    /// <returns>Warnings.</returns>
    Task<IReadOnlyList<string>> UpdateAsync(string nameOrId, ContainerUpdate update, CancellationToken cancel = default);

    /// <summary>Its processes.</summary>
    /// <param name="nameOrId">The container.</param>
    /// <param name="arguments">Arguments of ps(1); <c>-ef</c> when empty, as docker. Without that program its usual columns are read from procfs.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">FailedPrecondition: it does not run.</exception>
    Task<ProcessTable> TopAsync(string nameOrId, string arguments = "", CancellationToken cancel = default);

    /// <summary>What the kernel counts now; all zero for a container that does not run.</summary>
    Task<ContainerStats> StatsAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Gives its terminal a size.</summary>
    Task ResizeAsync(string nameOrId, uint columns, uint rows, CancellationToken cancel = default);

    /// <summary>Joins its streams; it may not run yet.</summary>
    Task<IAttachedStreams> AttachAsync(string nameOrId, AttachOptions options, CancellationToken cancel = default);

    /// <summary>Its log, oldest line first.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: its log driver keeps nothing.</exception>
    IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default);

    /// <summary>Makes a process for a running container, to be started by <see cref="StartExecAsync"/>.</summary>
    /// <returns>Its identity.</returns>
    /// <exception cref="KeelsonException">FailedPrecondition: the container does not run, or is frozen.</exception>
    Task<string> CreateExecAsync(string nameOrId, ExecOptions options, CancellationToken cancel = default);

    /// <summary>Starts such a process.</summary>
    /// <param name="execId">The process.</param>
    /// <param name="attach">The streams that the caller wants; <see langword="null"/> to let it run on its own.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The streams; <see langword="null"/> without.</returns>
    /// <exception cref="KeelsonException">NotFound. FailedPrecondition: it was started before, or the container does not run.</exception>
    Task<IAttachedStreams?> StartExecAsync(string execId, AttachOptions? attach = null, CancellationToken cancel = default);

    /// <summary>Such a process; it is known until the container ends, and for some minutes after its own end.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    ExecInfo GetExec(string execId);

    /// <summary>Waits for the end of such a process.</summary>
    Task<int> WaitExecAsync(string execId, CancellationToken cancel = default);

    /// <summary>Gives its terminal a size.</summary>
    Task ResizeExecAsync(string execId, uint columns, uint rows, CancellationToken cancel = default);

    /// <summary>Sends such a process a signal; nothing happens when it has ended.</summary>
    /// <param name="execId">The process.</param>
    /// <param name="signal">Number of the signal.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such process.</exception>
    Task KillExecAsync(string execId, int signal, CancellationToken cancel = default);

    /// <summary>What is different from its image.</summary>
    Task<IReadOnlyList<TreeChange>> ChangesAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Its root file system as a tar archive.</summary>
    Task ExportAsync(string nameOrId, Stream archive, CancellationToken cancel = default);

    /// <summary>Looks at a file of it. No link leads out of it.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such file.</exception>
    Task<PathStatus> StatPathAsync(string nameOrId, string path, CancellationToken cancel = default);

    /// <summary>A file or directory of it as a tar archive, with its own last name as the first.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no such file.</exception>
    Task<ContainerArchive> GetArchiveAsync(string nameOrId, string path, CancellationToken cancel = default);

    /// <summary>Unpacks a tar archive, compressed or not, into a directory of it.</summary>
    /// <param name="nameOrId">The container.</param>
    /// <param name="path">The directory.</param>
    /// <param name="archive">The archive.</param>
    /// <param name="keepKinds">Refuse to put a directory where something else is, and the reverse.</param>
    /// <param name="keepOwners">Keep the archive's owners; else files belong to the container's user.</param>
    /// <param name="cancel">Ends it early; what was unpacked stays.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such directory. InvalidArgument: it is none, or the archive is damaged. PermissionDenied: it cannot be written there.</exception>
    Task PutArchiveAsync(string nameOrId, string path, Stream archive, bool keepKinds = false, bool keepOwners = true, CancellationToken cancel = default);

    /// <summary>Removes containers that do not run.</summary>
    /// <param name="filter">Which of them; all by default.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<PruneReport> PruneAsync(Func<ContainerInfo, bool>? filter = null, CancellationToken cancel = default);

    /// <summary>Number of the last event, to list and then to watch from there without a gap.</summary>
    long LastEvent { get; }

    /// <summary>Announces something in docker's terms that no other call does. A loss of power may lose it.</summary>
    /// <param name="type"><c>image</c>.</param>
    /// <param name="action">What happened: <c>pull</c>, <c>tag</c>.</param>
    /// <param name="id">Identity of what it happened to.</param>
    /// <param name="attributes">What else is known.</param>
    Task TellAsync(string type, string action, string id, IReadOnlyDictionary<string, string> attributes);

    /// <summary>Events in docker's terms, those that are kept first and then those that come.</summary>
    /// <param name="after">Number of the last event that the caller has; 0 for all, <see langword="null"/> begins with the next.</param>
    /// <param name="follow">Whether to wait for those that come.</param>
    /// <param name="cancel">Ends it.</param>
    IAsyncEnumerable<ContainerEvent> EventsAsync(long? after = null, bool follow = true, CancellationToken cancel = default);
}
