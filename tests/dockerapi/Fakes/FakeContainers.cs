using System.Runtime.CompilerServices;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Tests.Fakes;

/// <summary>Containers in memory, for what the server does with them.</summary>
internal sealed class FakeContainers : IContainerService
{
    private readonly Dictionary<string, ContainerInfo> containers = [];
    private readonly TaskCompletionSource nobodyListens = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int count, subscribers;

    public string Namespace => "test";

    public string LogDriver => "json-file";

    public CgroupDriver CgroupDriver => CgroupDriver.Cgroupfs;

    public bool HasAppArmor { get; set; }

    public string? AppArmorProfileOf(ContainerInfo container) => HasAppArmor ? "keelson-default" : null;

    public FakeVolumes FakeVolumes { get; } = new();

    public IVolumeService Volumes => FakeVolumes;

    public IRemovedContainers Removed { get; } = new FakeRemoved();

    public FakeNetworks FakeNetworks { get; } = new();

    public Engine.Networks.INetworkService Networks => FakeNetworks;

    public Task ConnectAsync(string network, string nameOrId, EndpointSettings? settings = null, CancellationToken cancel = default) => Note($"connect {Get(nameOrId).Name} {Networks.Find(network).Name} {settings?.Addresses?.Ipv4}");

    public Task DisconnectAsync(string network, string nameOrId, bool force = false, CancellationToken cancel = default) => Note($"disconnect {Get(nameOrId).Name} {Networks.Find(network).Name} {force}");

    /// <summary>Streams that were handed out, oldest first.</summary>
    public List<FakeStreams> Attached { get; } = [];

    public List<LogLine> Log { get; } = [];

    public List<ContainerEvent> Events { get; } = [];

    public List<string> Calls { get; } = [];

    /// <summary>Ends when the last of those that followed events has gone.</summary>
    public Task NobodyListens => nobodyListens.Task;

    public byte[] Archive { get; set; } = [];

    public TaskCompletionSource<ContainerExit> Exit { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Note(string call)
    {
        Calls.Add(call);
        return Task.CompletedTask;
    }

    public ContainerInfo Add(string name, ContainerStatus status = ContainerStatus.Running, Func<ContainerInfo, ContainerInfo>? change = null)
    {
        string id = $"{++count:x4}".PadRight(64, 'a');
        ContainerInfo info = new(id, name)
        {
            CreatedAt = DateTimeOffset.UnixEpoch.AddHours(count),
            Settings = new() { Image = "busybox", Entrypoint = [], Cmd = ["sh", "-c", "echo hi"], Hostname = id[..12], OpenStdin = true, Labels = new Dictionary<string, string> { ["k"] = "v" } },
            Host = new() { NetworkMode = "none" },
            State = new() { Status = status, Pid = 42, StartedAt = status == ContainerStatus.Created ? null : DateTimeOffset.UnixEpoch.AddHours(count) },
            ImageId = FakeImages.Id,
            Snapshotter = "overlayfs",
            Directory = "/root/containers/" + id,
        };
        containers[id] = change is null ? info : change(info);
        return containers[id];
    }

    public ContainerInfo Get(string nameOrId)
    {
        ContainerInfo[] found = [.. containers.Values.Where(info => info.Name == nameOrId || info.Id == nameOrId)];
        if (found.Length == 0) found = [.. containers.Values.Where(info => info.Id.StartsWith(nameOrId, StringComparison.Ordinal))];
        return found.Length switch
        {
            0 => throw new KeelsonException(ErrorKind.NotFound, $"container {nameOrId}: there is none"),
            1 => found[0],
            _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"container {nameOrId}: several identities begin so"),
        };
    }

    public IReadOnlyList<ContainerInfo> List() => [.. containers.Values.Reverse()];

    public Task<ContainerCreation> CreateAsync(ContainerCreateOptions options, CancellationToken cancel = default)
    {
        ContainerInfo made = Add(options.Name is { Length: > 0 } name ? name.TrimStart('/') : "made_up", ContainerStatus.Created, info => info with { Settings = options.Settings, Host = options.Host });
        return Task.FromResult(new ContainerCreation(made.Id, []));
    }

    public Task<ContainerSize> SizeAsync(string nameOrId, CancellationToken cancel = default) => Task.FromResult(new ContainerSize(5, 1005));

    public Task<bool> StartAsync(string nameOrId, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        if (info.State.IsRunning) return Task.FromResult(false);
        containers[info.Id] = info with { State = info.State with { Status = ContainerStatus.Running } };
        return Task.FromResult(true);
    }

    public Task<bool> StopAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        Calls.Add($"stop {info.Name} {timeout} {signal}");
        if (!info.State.IsRunning) return Task.FromResult(false);
        containers[info.Id] = info with { State = info.State with { Status = ContainerStatus.Exited } };
        return Task.FromResult(true);
    }

    public Task RestartAsync(string nameOrId, TimeSpan? timeout = null, string? signal = null, CancellationToken cancel = default) => Task.CompletedTask;

    public Task KillAsync(string nameOrId, string signal = "KILL", CancellationToken cancel = default) =>
        signal is "KILL" or "9" ? Task.CompletedTask : throw new KeelsonException(ErrorKind.InvalidArgument, $"signal {signal}: there is none");

    public Task PauseAsync(string nameOrId, CancellationToken cancel = default) => Task.CompletedTask;

    public Task ResumeAsync(string nameOrId, CancellationToken cancel = default) => Task.CompletedTask;

    public Task<ContainerExit> WaitAsync(string nameOrId, WaitCondition condition = WaitCondition.NotRunning, CancellationToken cancel = default) => Exit.Task.WaitAsync(cancel);

    public Task RemoveAsync(string nameOrId, bool force = false, bool volumes = false, CancellationToken cancel = default)
    {
        containers.Remove(Get(nameOrId).Id);
        return Task.CompletedTask;
    }

    public Task RenameAsync(string nameOrId, string name, CancellationToken cancel = default)
    {
        ContainerInfo info = Get(nameOrId);
        containers[info.Id] = info with { Name = name };
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> UpdateAsync(string nameOrId, ContainerUpdate update, CancellationToken cancel = default)
    {
        Calls.Add($"update {update.MemoryBytes} {update.RestartPolicy?.Name}");
        return Task.FromResult<IReadOnlyList<string>>([]);
    }

    public Task<ProcessTable> TopAsync(string nameOrId, string arguments = "", CancellationToken cancel = default) => Task.FromResult(new ProcessTable(["PID", "CMD"], [["1", "sh " + arguments]]));

    public Task<ContainerStats> StatsAsync(string nameOrId, CancellationToken cancel = default) =>
        Task.FromResult(new ContainerStats { ReadAt = DateTimeOffset.UnixEpoch, CpuTotalNanoseconds = 7, MemoryBytes = 9, OnlineCpus = 2, CpuPerProcessorNanoseconds = [3, 4] });

    public Task ResizeAsync(string nameOrId, uint columns, uint rows, CancellationToken cancel = default)
    {
        Calls.Add($"resize {columns}x{rows}");
        return Task.CompletedTask;
    }

    public Task<IAttachedStreams> AttachAsync(string nameOrId, AttachOptions options, CancellationToken cancel = default)
    {
        FakeStreams streams = new(Get(nameOrId).Settings.Tty, options);
        lock (Attached) Attached.Add(streams);
        return Task.FromResult<IAttachedStreams>(streams);
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(string nameOrId, LogOptions options, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        foreach (LogLine line in Log) yield return line;
        if (options.Follow) await Exit.Task.WaitAsync(cancel);
    }

    public Task<string> CreateExecAsync(string nameOrId, ExecOptions options, CancellationToken cancel = default)
    {
        Exec = new("e".PadRight(64, 'e'), Get(nameOrId).Id, options, false, null, 0);
        return Task.FromResult(Exec.Id);
    }

    public ExecInfo? Exec { get; set; }

    public Task<IAttachedStreams?> StartExecAsync(string execId, AttachOptions? attach = null, CancellationToken cancel = default)
    {
        if (attach is null) return Task.FromResult<IAttachedStreams?>(null);
        FakeStreams streams = new(Exec!.Options.Tty, attach);
        lock (Attached) Attached.Add(streams);
        return Task.FromResult<IAttachedStreams?>(streams);
    }

    public ExecInfo GetExec(string execId) => Exec?.Id == execId ? Exec : throw new KeelsonException(ErrorKind.NotFound, $"exec {execId}: there is none");

    public Task<int> WaitExecAsync(string execId, CancellationToken cancel = default) => Task.FromResult(0);

    public Task ResizeExecAsync(string execId, uint columns, uint rows, CancellationToken cancel = default) => Task.CompletedTask;

    public Task KillExecAsync(string execId, int signal, CancellationToken cancel = default) => Note($"kill {GetExec(execId).Id[..4]} {signal}");

    public Task<IReadOnlyList<TreeChange>> ChangesAsync(string nameOrId, CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlyList<TreeChange>>([new("/etc", TreeChangeKind.Modified), new("/etc/new", TreeChangeKind.Added)]);

    public async Task ExportAsync(string nameOrId, Stream archive, CancellationToken cancel = default) => await archive.WriteAsync(Archive, cancel);

    public Task<PathStatus> StatPathAsync(string nameOrId, string path, CancellationToken cancel = default) =>
        path == "/etc" ? Task.FromResult(new PathStatus("etc", 40, 0x41ed, DateTimeOffset.UnixEpoch, "")) : throw new KeelsonException(ErrorKind.NotFound, $"file {path}: there is none");

    public async Task<ContainerArchive> GetArchiveAsync(string nameOrId, string path, CancellationToken cancel = default) =>
        new(await StatPathAsync(nameOrId, path, cancel), new MemoryStream(Archive));

    public async Task PutArchiveAsync(string nameOrId, string path, Stream archive, bool keepKinds = false, bool keepOwners = true, CancellationToken cancel = default)
    {
        using MemoryStream copy = new();
        await archive.CopyToAsync(copy, cancel);
        Archive = copy.ToArray();
    }

    public async Task<PruneReport> PruneAsync(Func<ContainerInfo, bool>? filter = null, CancellationToken cancel = default)
    {
        string[] gone = [.. containers.Values.Where(info => !info.State.IsRunning && (filter?.Invoke(info) ?? true)).Select(info => info.Id)];
        foreach (string id in gone) await RemoveAsync(id, cancel: cancel);
        return new(gone, 17);
    }

    public long LastEvent => Events.Count;

    public Task TellAsync(string type, string action, string id, IReadOnlyDictionary<string, string> attributes)
    {
        Events.Add(new(Events.Count + 1, type, action, id, attributes, DateTimeOffset.UnixEpoch));
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<ContainerEvent> EventsAsync(long? after = null, bool follow = true, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (int i = (int)(after ?? Events.Count); i < Events.Count; i++) yield return Events[i];
        if (!follow) yield break;
        Interlocked.Increment(ref subscribers);
        try
        {
            await Task.Delay(Timeout.Infinite, cancel);
        }
        finally
        {
            if (Interlocked.Decrement(ref subscribers) == 0) nobodyListens.TrySetResult();
        }
    }
}
