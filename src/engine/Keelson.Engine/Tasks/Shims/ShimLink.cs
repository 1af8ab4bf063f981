namespace Keelson.Engine.Tasks.Shims;

/// <summary>The way from something that runs to its shim: there, looked for, or gone for good.</summary>
internal sealed class ShimLink
{
    private readonly Lock gate = new();
    private TaskCompletionSource<ShimConnection> connecting = NewConnecting();
    private ShimConnection? current, lost;

    /// <summary>The connection, now or once it is found again. Fails with what <see cref="Abandon"/> was told.</summary>
    public Task<ShimConnection> Connection
    {
        get
        {
            lock (gate) return connecting.Task;
        }
    }

    /// <summary>The connection as far as there is one now.</summary>
    public ShimConnection? Current
    {
        get
        {
            lock (gate) return current;
        }
    }

    /// <summary>The shim is there.</summary>
    public void Connect(ShimConnection connection)
    {
        lock (gate)
        {
            current = connection;
            connecting.TrySetResult(connection);
        }
    }

    /// <summary>The connection has ended; calls wait until there is another one. Whoever sees it first may tell.</summary>
    /// <returns>Whether it was this one's.</returns>
    public bool Disconnect(ShimConnection connection)
    {
        lock (gate)
        {
            if (current != connection) return lost == connection;
            connecting = NewConnecting();
            (lost, current) = (connection, null);
            return true;
        }
    }

    /// <summary>There will be no shim any more: who waits for one is told why.</summary>
    public void Abandon(KeelsonException why)
    {
        lock (gate)
        {
            current = null;
            if (connecting.Task.IsCompleted) connecting = NewConnecting();
            connecting.TrySetException(why);
            // Nobody has to look at it.
            _ = connecting.Task.Exception;
        }
    }

    private static TaskCompletionSource<ShimConnection> NewConnecting() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
