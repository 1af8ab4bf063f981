using System.Security.Cryptography;
using Keelson.Registry.Coordination;

namespace Keelson.Registry.Store;

/// <summary>A blob that is being pushed.</summary>
internal sealed class UploadSession(string repository, string id, DateTimeOffset startedAt) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private IRegistryLock? held;

    public string Repository => repository;

    public string Id => id;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>How many bytes are there.</summary>
    public long Offset { get; set; }

    /// <summary>The hash of these; <see langword="null"/> when another process has received them, and they have to be read again.</summary>
    public IncrementalHash? Hash { get; set; }

    /// <summary>Which bytes these are; <see langword="null"/>: this process has added none.</summary>
    public string? Version { get; set; }

    /// <summary>What <see cref="Hash"/> computes: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; init; } = "sha256";

    /// <summary>It was finished or cancelled.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Waits until no other request is at it, be it of another process; <see cref="LeaveAsync"/> ends it.</summary>
    public async Task EnterAsync(IRegistryCoordinator coordinator, CancellationToken cancel)
    {
        await gate.WaitAsync(cancel).ConfigureAwait(false);
        if (!coordinator.IsShared) return;
        try
        {
            held = await coordinator.EnterAsync(LockNames.Upload(id), cancel).ConfigureAwait(false);
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Lets the next request have it.</summary>
    public async ValueTask LeaveAsync()
    {
        IRegistryLock? left = held;
        held = null;
        gate.Release();
        if (left is not null) await left.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Forgets the hash: the bytes are read again when it is needed.</summary>
    public void ForgetHash()
    {
        Hash?.Dispose();
        Hash = null;
    }

    public void Dispose()
    {
        ForgetHash();
        gate.Dispose();
    }
}
