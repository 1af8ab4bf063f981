using Keelson.Content;
using Keelson.Oci;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>What is known of running containers, and changes of their limits.</summary>
internal sealed partial class ContainerService
{
    public async Task<ProcessTable> TopAsync(string nameOrId, string arguments = "", CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        if (!info.State.IsRunning) throw NotRunning(info);
        IReadOnlyList<TaskProcess> processes = await tasks.ProcessesAsync(Namespace, info.Id, cancel).ConfigureAwait(false);
        ProcessTable list = await ProcessLister.ListAsync(processes.Select(process => process.Pid).ToHashSet(), arguments, cancel).ConfigureAwait(false);
        await TellAsync(info, "top").ConfigureAwait(false);
        return list;
    }

    public async Task<ContainerStats> StatsAsync(string nameOrId, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        if (!info.State.IsRunning) return new();
        ContainerStats stats;
        try
        {
            stats = StatsReader.Read(await tasks.StatsAsync(Namespace, info.Id, cancel).ConfigureAwait(false));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound && !Get(info.Id).State.IsRunning)
        {
            return new();
        }
        ulong machineMemory = HostCounters.MemoryBytes();
        bool hasNetwork = info.Host.NetworkMode is not ("host" or "none");
        return stats with
        {
            ReadAt = options.Time.GetUtcNow(),
            SystemCpuNanoseconds = HostCounters.CpuNanoseconds(),
            OnlineCpus = Environment.ProcessorCount,
            MemoryLimitBytes = stats.MemoryLimitBytes == 0 || stats.MemoryLimitBytes > machineMemory ? machineMemory : stats.MemoryLimitBytes,
            PidsLimit = stats.PidsLimit == ulong.MaxValue ? 0 : stats.PidsLimit,
            Networks = hasNetwork ? HostCounters.Networks(info.State.Pid) : stats.Networks,
        };
    }

    public async Task<IReadOnlyList<string>> UpdateAsync(string nameOrId, ContainerUpdate update, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(update);
        ManagedContainer container = table.Get(nameOrId);
        using IDisposable turn = await container.EnterAsync(cancel).ConfigureAwait(false);
        ContainerInfo info = container.Info;
        if (info.State.Status is ContainerStatus.Removing or ContainerStatus.Dead) throw new KeelsonException(ErrorKind.FailedPrecondition, $"Cannot update container {info.Id}: Container is marked for removal and cannot be \"update\".");
        List<string> warnings = [];
        HostSettings merged = LimitMerge.Merge(info.Host, update);
        if (update.RestartPolicy is { Name.Length: > 0 } policy)
        {
            SettingsCheck.Restart(policy, info.Host.AutoRemove);
            merged = merged with { RestartPolicy = policy };
        }
        merged = SettingsCheck.Run(merged, info.Settings with { Hostname = null }, machine, networks.Default, warnings);
        if (info.State.IsRunning && LimitMerge.HasLimits(update))
        {
            LinuxResources limits = SpecBuilder.Limits(merged, DeviceFinder.Numbers(merged));
            await tasks.UpdateAsync(Namespace, new(info.Id, new TypedMessage("types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", RuntimeSpecWriter.ToUtf8(limits, indented: false))), stop.Token).ConfigureAwait(false);
        }
        if (update.PortBindings is { } bindings)
        {
            merged = merged with { PortBindings = bindings };
            IReadOnlyList<Network.Ports.PortWish> ports = PortPlan.Make(merged, info.Settings);
            if (networks.SandboxOf(info.Id) is not null) await networks.PublishAsync(info.Id, ports, cancel).ConfigureAwait(false);
        }
        bool hasMounts = update.AddMounts is { Count: > 0 } || update.RemoveMounts is { Count: > 0 };
        ContainerInfo changed = hasMounts ? await ChangeMountsAsync(container, merged, update).ConfigureAwait(false) : info with { Host = merged };
        await ChangeAsync(container, changed, [Event(changed, "update")]).ConfigureAwait(false);
        return warnings;
    }

    public Task TellAsync(string type, string action, string id, IReadOnlyDictionary<string, string> attributes) => database.Events.PublishAsync(DockerEvents.Draft(Namespace, type, action, id, attributes), isLazy: true);

    public long LastEvent => database.Events.LastSequence;

    public async IAsyncEnumerable<ContainerEvent> EventsAsync(long? after = null, bool follow = true, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel = default)
    {
        long from = after ?? LastEvent;
        // What is no longer kept is no error for who asks for everything.
        if (from == 0) from = Math.Max(0, database.Events.FirstSequence - 1);
        if (!follow)
        {
            foreach (EventRecord record in database.Events.Read(from))
                if (Translate(record) is { } known) yield return known;
            yield break;
        }
        await foreach (EventRecord record in database.Events.SubscribeAsync(from, cancel: cancel).ConfigureAwait(false))
            if (Translate(record) is { } known) yield return known;
    }

    private ContainerEvent? Translate(EventRecord record) => record.Namespace == Namespace ? DockerEvents.Read(record) : null;
}
