using System.Runtime.CompilerServices;
using Keelson.Engine.Containers;
using Keelson.Engine.Networks;

namespace Keelson.DockerApi.Access;

/// <summary>The containers that there are for the clients of a limited socket. To them, the others do not exist.</summary>
internal sealed class ScopedContainers : IContainerService
{
    private readonly IContainerService inner;
    private readonly SocketRights rights;

    /// <param name="inner">All containers.</param>
    /// <param name="rights">The socket's.</param>
    public ScopedContainers(IContainerService inner, SocketRights rights)
    {
        (this.inner, this.rights) = (inner, rights);
        Removed = rights.Label is null ? inner.Removed : new ScopedRemoved(inner.Removed, removed => IsHere(removed.Info));
        Networks = rights.Label is null ? inner.Networks : new ScopedNetworks(inner.Networks, IsHere);
    }

    /// <inheritdoc/>
    public string Namespace => inner.Namespace;

    public string LogDriver => inner.LogDriver;

    public CgroupDriver CgroupDriver => inner.CgroupDriver;

    public bool HasAppArmor => inner.HasAppArmor;

    public string? AppArmorProfileOf(ContainerInfo container) => inner.AppArmorProfileOf(container);

    /// <inheritdoc/>
    public IVolumeService Volumes => inner.Volumes;

    /// <inheritdoc/>
    public IRemovedContainers Removed { get; }

    /// <inheritdoc/>
    public INetworkService Networks { get; }

    /// <inheritdoc/>
    public long LastEvent => inner.LastEvent;

    /// <inheritdoc/>
    public Task TellAsync(string type, string action, string id, IReadOnlyDictionary<string, string> attributes) => inner.TellAsync(type, action, id, attributes);

    /// <inheritdoc/>
    public Task ConnectAsync(string network, string nameOrId, EndpointSettings? settings = null, CancellationToken cancel = default) => inner.ConnectAsync(network, Id(nameOrId), settings, cancel);

    /// <inheritdoc/>
    public Task DisconnectAsync(string network, string nameOrId, bool force = false, CancellationToken cancel = default) => inner.DisconnectAsync(network, Id(nameOrId), force, cancel);

    /// <inheritdoc/>
    public Task<ContainerCreation> CreateAsync(ContainerCreateOptions options, CancellationToken cancel = default)
    {
        if (rights.Label is not { } label) return inner.CreateAsync(options, cancel);
        CreationRules.Check(rights, options.Host);
        foreach (string name in CreationRules.NamedContainers(options)) Id(name);
        CheckVolumes("POST /containers/create", options.Host);
        if (options.Networks?.Keys.Append(options.Host.NetworkMode).Any(IsHostNetwork) ?? IsHostNetwork(options.Host.NetworkMode)) CreationRules.Require(rights, Permits.Namespaces, "POST /containers/create", "the network host");
        if (options.Networks?.Values.Any(wish => wish?.DriverOpts is { Count: > 0 }) ?? false) CreationRules.Require(rights, Permits.Security, "POST /containers/create", nameof(EndpointSettings.DriverOpts));
        Dictionary<string, string> labels = new(options.Settings.Labels ?? new Dictionary<string, string>()) { [label.Key] = label.Value };
        return inner.CreateAsync(options with { Settings = options.Settings with { Labels = labels } }, cancel);
    }

    private void CheckVolumes(string operation, HostSettings settings)
    {
        foreach (string name in CreationRules.NamedVolumes(settings))
            if (!HasLabel(name)) CreationRules.Require(rights, Permits.Volumes, operation, $"volume {name}");
    }

    /// <inheritdoc/>
    public ContainerInfo Get(string nameOrId)
    {
        ContainerInfo? found = null;
        try
        {
            found = inner.Get(nameOrId);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument && rights.Label is not null)
        {
            // Several begin so, and perhaps one of them alone is here.
            ContainerInfo[] here = [.. List().Where(container => nameOrId.Length > 0 && container.Id.StartsWith(nameOrId, StringComparison.Ordinal))];
            if (here.Length > 1) throw;
            found = here.FirstOrDefault();
        }
        return found is not null && IsHere(found) ? Shown(found) : throw new KeelsonException(ErrorKind.NotFound, $"container {nameOrId}: there is none");
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContainerInfo> List() => [.. inner.List().Where(IsHere).Select(Shown)];

    /// <inheritdoc/>
    public Task<ContainerSize> SizeAsync(string nameOrId, CancellationToken cancel = default) => inner.SizeAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task<bool> StartAsync(string nameOrId, CancellationToken cancel = default) => inner.StartAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task<bool> StopAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default) => inner.StopAsync(Id(nameOrId), timeout, signal, cancel);

    /// <inheritdoc/>
    public Task RestartAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default) => inner.RestartAsync(Id(nameOrId), timeout, signal, cancel);

    /// <inheritdoc/>
    public Task KillAsync(string nameOrId, string signal = "KILL", CancellationToken cancel = default) => inner.KillAsync(Id(nameOrId), signal, cancel);

    /// <inheritdoc/>
    public Task PauseAsync(string nameOrId, CancellationToken cancel = default) => inner.PauseAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task ResumeAsync(string nameOrId, CancellationToken cancel = default) => inner.ResumeAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task<ContainerExit> WaitAsync(string nameOrId, WaitCondition condition = WaitCondition.NotRunning, CancellationToken cancel = default) => inner.WaitAsync(Id(nameOrId), condition, cancel);

    /// <inheritdoc/>
    public Task RemoveAsync(string nameOrId, bool force = false, bool volumes = false, CancellationToken cancel = default) => inner.RemoveAsync(Id(nameOrId), force, volumes, cancel);

    /// <inheritdoc/>
    public Task RenameAsync(string nameOrId, string name, CancellationToken cancel = default) => inner.RenameAsync(Id(nameOrId), name, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> UpdateAsync(string nameOrId, ContainerUpdate update, CancellationToken cancel = default)
    {
        string id = Id(nameOrId);
        if (rights.Label is not null)
        {
            CreationRules.Check(rights, update);
            CheckVolumes("POST /containers/{id}/update", new() { Mounts = update.AddMounts });
        }
        return inner.UpdateAsync(id, update, cancel);
    }

    /// <inheritdoc/>
    public Task<ProcessTable> TopAsync(string nameOrId, string arguments = "", CancellationToken cancel = default) => inner.TopAsync(Id(nameOrId), arguments, cancel);

    /// <inheritdoc/>
    public Task<ContainerStats> StatsAsync(string nameOrId, CancellationToken cancel = default) => inner.StatsAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task ResizeAsync(string nameOrId, uint columns, uint rows, CancellationToken cancel = default) => inner.ResizeAsync(Id(nameOrId), columns, rows, cancel);

    /// <inheritdoc/>
    public Task<IAttachedStreams> AttachAsync(string nameOrId, AttachOptions options, CancellationToken cancel = default) => inner.AttachAsync(Id(nameOrId), options, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, CancellationToken cancel = default) => inner.LogsAsync(Id(nameOrId), options, cancel);

    /// <inheritdoc/>
    public Task<string> CreateExecAsync(string nameOrId, ExecOptions options, CancellationToken cancel = default)
    {
        string id = Id(nameOrId);
        if (rights.Label is not null && options.Privileged) CreationRules.Require(rights, Permits.Privileged, "POST /containers/{id}/exec", nameof(ExecOptions.Privileged));
        return inner.CreateExecAsync(id, options, cancel);
    }

    /// <inheritdoc/>
    public Task<IAttachedStreams?> StartExecAsync(string execId, AttachOptions? attach = null, CancellationToken cancel = default) => inner.StartExecAsync(GetExec(execId).Id, attach, cancel);

    /// <inheritdoc/>
    public ExecInfo GetExec(string execId)
    {
        ExecInfo exec = inner.GetExec(execId);
        return IsHere(exec.ContainerId) ? exec : throw new KeelsonException(ErrorKind.NotFound, $"exec {execId}: there is none");
    }

    /// <inheritdoc/>
    public Task<int> WaitExecAsync(string execId, CancellationToken cancel = default) => inner.WaitExecAsync(GetExec(execId).Id, cancel);

    /// <inheritdoc/>
    public Task ResizeExecAsync(string execId, uint columns, uint rows, CancellationToken cancel = default) => inner.ResizeExecAsync(GetExec(execId).Id, columns, rows, cancel);

    /// <inheritdoc/>
    public Task KillExecAsync(string execId, int signal, CancellationToken cancel = default) => inner.KillExecAsync(GetExec(execId).Id, signal, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TreeChange>> ChangesAsync(string nameOrId, CancellationToken cancel = default) => inner.ChangesAsync(Id(nameOrId), cancel);

    /// <inheritdoc/>
    public Task ExportAsync(string nameOrId, Stream archive, CancellationToken cancel = default) => inner.ExportAsync(Id(nameOrId), archive, cancel);

    /// <inheritdoc/>
    public Task<PathStatus> StatPathAsync(string nameOrId, string path, CancellationToken cancel = default) => inner.StatPathAsync(Id(nameOrId), path, cancel);

    /// <inheritdoc/>
    public Task<ContainerArchive> GetArchiveAsync(string nameOrId, string path, CancellationToken cancel = default) => inner.GetArchiveAsync(Id(nameOrId), path, cancel);

    /// <inheritdoc/>
    public Task PutArchiveAsync(string nameOrId, string path, Stream archive, bool keepKinds = false, bool keepOwners = true, CancellationToken cancel = default) =>
        inner.PutArchiveAsync(Id(nameOrId), path, archive, keepKinds, keepOwners, cancel);

    /// <inheritdoc/>
    public Task<PruneReport> PruneAsync(Func<ContainerInfo, bool>? filter = null, CancellationToken cancel = default) =>
        inner.PruneAsync(container => IsHere(container) && (filter is null || filter(Shown(container))), cancel);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ContainerEvent> EventsAsync(long? after = null, bool follow = true, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (ContainerEvent happened in inner.EventsAsync(after, follow, cancel).ConfigureAwait(false))
            if (IsHere(happened)) yield return happened;
    }

    private string Id(string nameOrId) => Get(nameOrId).Id;

    private bool IsHere(ContainerInfo container) => rights.Label is not { } label || container.Settings.Labels?.GetValueOrDefault(label.Key) == label.Value;

    private bool IsHere(string id)
    {
        try
        {
            return IsHere(inner.Get(id));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Events of containers carry their labels; those of networks and volumes name the container that they are about, if it is one.</summary>
    private bool IsHere(ContainerEvent happened) => rights.Label is not { } label
        || (happened.Type == "container" ? happened.Attributes.GetValueOrDefault(label.Key) == label.Value : happened.Attributes.TryGetValue("container", out string? container) && IsHere(container));

    /// <summary>Whether a network is the host's, also by its identity or the beginning of that.</summary>
    private bool IsHostNetwork(string reference)
    {
        try
        {
            return reference.Length > 0 && inner.Networks.Find(reference).Driver == "host";
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.InvalidArgument)
        {
            // The engine refuses it in its own words.
            return false;
        }
    }

    private bool HasLabel(string volume)
    {
        try
        {
            return inner.Volumes.Get(volume).Labels.GetValueOrDefault(rights.Label!.Value.Key) == rights.Label.Value.Value;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It would be made, and volumes are not made through such a socket.
            return false;
        }
    }

    /// <summary>A container as it is told: who can only read learns what its variables are called, and no more.</summary>
    private ContainerInfo Shown(ContainerInfo container) => !rights.IsReadOnly || rights.ShowsEnvironment || container.Settings.Env is null ? container
        : container with { Settings = container.Settings with { Env = [.. container.Settings.Env.Select(variable => variable.Split('=')[0] + "=***")] } };
}
