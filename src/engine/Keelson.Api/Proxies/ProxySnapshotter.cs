using System.Runtime.CompilerServices;
using Grpc.Core;
using Keelson.Snapshots;
using V1 = Containerd.Services.Snapshots.V1;

namespace Keelson.Api;

/// <summary>A snapshotter that another program serves: containerd's proxy plug-in of type <c>snapshot</c>.</summary>
/// <remarks>Its keys are the engine's internal names, <c>NAMESPACE/NUMBER/KEY</c>; the namespace of a call is the one in front.</remarks>
public sealed class ProxySnapshotter : ISnapshotter, IDisposable
{
    private readonly ProxyConnection connection;
    private readonly V1.Snapshots.SnapshotsClient client;

    /// <summary>Makes a snapshotter; the other program need not run yet.</summary>
    /// <param name="name">Its name here and there.</param>
    /// <param name="address">Path of the other program's socket.</param>
    public ProxySnapshotter(string name, string address)
    {
        Name = name;
        connection = new(name, address);
        client = new(connection.Channel);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async ValueTask<SnapshotInfo> StatAsync(string key, CancellationToken cancel = default) =>
        Read((await CallAsync($"stat snapshot {key}", client.StatAsync(new() { Snapshotter = Name, Key = key }, Headers(key), cancellationToken: cancel)).ConfigureAwait(false)).Info);

    /// <inheritdoc/>
    public async ValueTask<SnapshotInfo> UpdateAsync(SnapshotInfo info, IReadOnlyCollection<string>? fieldPaths = null, CancellationToken cancel = default)
    {
        V1.UpdateSnapshotRequest request = new() { Snapshotter = Name, Info = new() { Name = info.Name } };
        request.Info.Labels.Add(info.Labels.ToDictionary());
        if (fieldPaths is { Count: > 0 })
        {
            request.UpdateMask = new();
            request.UpdateMask.Paths.AddRange(fieldPaths);
        }
        return Read((await CallAsync($"update snapshot {info.Name}", client.UpdateAsync(request, Headers(info.Name), cancellationToken: cancel)).ConfigureAwait(false)).Info);
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotUsage> UsageAsync(string key, CancellationToken cancel = default)
    {
        V1.UsageResponse usage = await CallAsync($"measure snapshot {key}", client.UsageAsync(new() { Snapshotter = Name, Key = key }, Headers(key), cancellationToken: cancel)).ConfigureAwait(false);
        return new(usage.Size, usage.Inodes);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Mount>> MountsAsync(string key, CancellationToken cancel = default) =>
        MountMessages.Read((await CallAsync($"mount snapshot {key}", client.MountsAsync(new() { Snapshotter = Name, Key = key }, Headers(key), cancellationToken: cancel)).ConfigureAwait(false)).Mounts);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Mount>> PrepareAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default)
    {
        V1.PrepareSnapshotRequest request = new() { Snapshotter = Name, Key = key, Parent = parent };
        if (labels is not null) request.Labels.Add(labels.ToDictionary());
        return MountMessages.Read((await CallAsync($"make snapshot {key}", client.PrepareAsync(request, Headers(key), cancellationToken: cancel)).ConfigureAwait(false)).Mounts);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Mount>> ViewAsync(string key, string parent, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default)
    {
        V1.ViewSnapshotRequest request = new() { Snapshotter = Name, Key = key, Parent = parent };
        if (labels is not null) request.Labels.Add(labels.ToDictionary());
        return MountMessages.Read((await CallAsync($"make snapshot {key}", client.ViewAsync(request, Headers(key), cancellationToken: cancel)).ConfigureAwait(false)).Mounts);
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(string name, string key, IReadOnlyDictionary<string, string>? labels = null, CancellationToken cancel = default)
    {
        V1.CommitSnapshotRequest request = new() { Snapshotter = Name, Name = name, Key = key };
        if (labels is not null) request.Labels.Add(labels.ToDictionary());
        await CallAsync($"commit snapshot {key}", client.CommitAsync(request, Headers(key), cancellationToken: cancel)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string key, CancellationToken cancel = default) =>
        await CallAsync($"remove snapshot {key}", client.RemoveAsync(new() { Snapshotter = Name, Key = key }, Headers(key), cancellationToken: cancel)).ConfigureAwait(false);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotInfo> WalkAsync(Func<SnapshotInfo, bool>? filter = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using AsyncServerStreamingCall<V1.ListSnapshotsResponse> call = client.List(new() { Snapshotter = Name }, Headers(""), cancellationToken: cancel);
        while (await NextAsync(call.ResponseStream, cancel).ConfigureAwait(false))
            foreach (V1.Info message in call.ResponseStream.Current.Info)
            {
                SnapshotInfo info = Read(message);
                if (filter is null || filter(info)) yield return info;
            }
    }

    /// <inheritdoc/>
    public async ValueTask CleanupAsync(CancellationToken cancel = default)
    {
        try
        {
            await CallAsync("clean up", client.CleanupAsync(new() { Snapshotter = Name }, Headers(""), cancellationToken: cancel)).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.Unsupported or ErrorKind.Unavailable)
        {
            // It deletes by itself, or is not there; then it will be asked again.
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => connection.Dispose();

    private async Task<T> CallAsync<T>(string operation, AsyncUnaryCall<T> call)
    {
        using (call)
            try
            {
                return await call.ResponseAsync.ConfigureAwait(false);
            }
            catch (RpcException e)
            {
                throw connection.Error(operation, e);
            }
    }

    private async Task<bool> NextAsync<T>(IAsyncStreamReader<T> reader, CancellationToken cancel)
    {
        try
        {
            return await reader.MoveNext(cancel).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            throw connection.Error("list snapshots", e);
        }
    }

    private static Metadata Headers(string key)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        return ProxyConnection.In(slash > 0 ? key[..slash] : "default");
    }

    private static SnapshotInfo Read(V1.Info message) => new(message.Name)
    {
        Kind = (SnapshotKind)message.Kind,
        Parent = message.Parent,
        Labels = message.Labels.ToDictionary(),
        CreatedAt = message.CreatedAt?.ToDateTimeOffset() ?? default,
        UpdatedAt = message.UpdatedAt?.ToDateTimeOffset() ?? default,
    };
}
