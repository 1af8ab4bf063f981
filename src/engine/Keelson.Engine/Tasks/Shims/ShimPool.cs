using Keelson.Linux.Sys;
using Keelson.Ttrpc;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>The connections to shims, one for each address.</summary>
/// <param name="ended">Is told a connection that has ended, whoever ended it; not when the pool ends.</param>
internal sealed class ShimPool(Func<ShimConnection, Task> ended) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Slot> connections = new(StringComparer.Ordinal);
    private readonly HashSet<Task> followed = [];
    private bool isEnding;

    /// <summary>The connection to an address, if there is one.</summary>
    public Task<ShimConnection>? Find(string address)
    {
        lock (gate) return connections.TryGetValue(address, out Slot? slot) && slot.IsUsable ? slot.Connecting : null;
    }

    /// <summary>Connects, unless that has been done.</summary>
    /// <param name="address">Where the shim listens.</param>
    /// <param name="isOwn">Whether it is ours.</param>
    /// <param name="cancel">Ends the waiting; others may wait for the same connection.</param>
    /// <exception cref="TtrpcException">Unavailable: nobody listens there. PermissionDenied: somebody else than this user does.</exception>
    public async Task<ShimConnection> ConnectAsync(string address, bool isOwn, CancellationToken cancel)
    {
        Slot? slot;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isEnding, this);
            if (!connections.TryGetValue(address, out slot) || !slot.IsUsable)
            {
                connections[address] = slot = new();
                slot.Connecting = OpenAsync(address, isOwn, slot);
            }
        }
        return await slot.Connecting.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Ends all connections; the shims go on.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<ShimConnection>[] open;
        Task[] following;
        lock (gate)
        {
            isEnding = true;
            open = [.. connections.Values.Select(slot => slot.Connecting)];
            following = [.. followed];
        }
        foreach (Task<ShimConnection> connection in open)
            if (connection.IsCompletedSuccessfully)
                await (await connection.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(following).ConfigureAwait(false);
    }

    private async Task<ShimConnection> OpenAsync(string address, bool isOwn, Slot slot)
    {
        await Task.Yield();
        try
        {
            ShimConnection connection = new(address, await TtrpcClient.ConnectAsync(address, Processes.EffectiveUserId).ConfigureAwait(false), isOwn);
            bool isLate;
            lock (gate)
            {
                isLate = isEnding;
                slot.Connection = connection;
                followed.RemoveWhere(task => task.IsCompleted);
                followed.Add(FollowAsync(connection, slot));
            }
            if (!isLate) return connection;
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new TtrpcException(StatusCode.Unavailable, $"connect to {address}: the engine closes");
        }
        catch
        {
            Remove(address, slot);
            throw;
        }
    }

    private async Task FollowAsync(ShimConnection connection, Slot slot)
    {
        await connection.Client.Closed.ConfigureAwait(false);
        Remove(connection.Address, slot);
        await connection.DisposeAsync().ConfigureAwait(false);
        if (!isEnding) await ended(connection).ConfigureAwait(false);
    }

    private void Remove(string address, Slot slot)
    {
        lock (gate)
            if (connections.GetValueOrDefault(address) == slot)
                connections.Remove(address);
    }

    private sealed class Slot
    {
        public Task<ShimConnection> Connecting { get; set; } = null!;

        public ShimConnection? Connection { get; set; }

        public bool IsUsable => Connection is null || !Connection.Client.Closed.IsCompleted;
    }
}
