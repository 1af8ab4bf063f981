using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>The connection to a shim; all its containers share it.</summary>
internal sealed class ShimConnection(string address, TtrpcClient client, bool isOwn) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly List<ShimLog> logs = [];
    private bool isClosed;

    /// <summary>Where the shim listens.</summary>
    public string Address => address;

    /// <summary>Whether the shim is ours.</summary>
    public bool IsOwn => isOwn;

    /// <summary>The connection itself.</summary>
    public TtrpcClient Client => client;

    /// <summary>Calls the shim.</summary>
    public TaskClient Tasks { get; } = new(client);

    /// <summary>Calls the shim about sandboxes.</summary>
    public SandboxClient Sandboxes { get; } = new(client);

    /// <summary>Whether the shim did not answer in time when it was last offered a container.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Ends the shim once it has had no container for a while; guarded by who owns the tasks.</summary>
    public ITimer? Idle { get; set; }

    /// <summary>Takes a log over, which is read until the connection ends.</summary>
    public void Add(ShimLog log)
    {
        lock (gate)
        {
            if (!isClosed)
            {
                logs.Add(log);
                return;
            }
        }
        log.Dispose();
    }

    /// <summary>Ends the connection; the shim goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        Idle?.Dispose();
        await client.DisposeAsync().ConfigureAwait(false);
        lock (gate)
        {
            isClosed = true;
            foreach (ShimLog log in logs) log.Dispose();
            logs.Clear();
        }
    }
}
