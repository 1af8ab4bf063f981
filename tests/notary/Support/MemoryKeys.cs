using System.Collections.Concurrent;
using Keelson.Notary.Keys;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Support;

/// <summary>Keys in memory, which can be lost.</summary>
internal sealed class MemoryKeys : IKeyService
{
    private readonly ConcurrentDictionary<string, (OnlineKey Key, ITufSigner Signer)> keys = new();

    /// <summary>How often it signed.</summary>
    public int Signatures { get; private set; }

    /// <summary>Whether it can be asked.</summary>
    public bool IsThere { get; set; } = true;

    public Task<OnlineKey> CreateAsync(string algorithm, string gun, string role, CancellationToken cancel = default)
    {
        Require();
        ITufSigner signer = algorithm == "ed25519" ? Ed25519Signer.Generate() : EcdsaSigner.Generate();
        TufKey key = new NotaryDialect().KeyOf(signer);
        OnlineKey made = new(key.Id, algorithm, signer.PublicKey, gun, role);
        keys[made.Id] = (made, signer);
        return Task.FromResult(made);
    }

    public ValueTask<OnlineKey?> FindAsync(string keyId, CancellationToken cancel = default)
    {
        Require();
        return new(keys.GetValueOrDefault(keyId).Key);
    }

    public Task<byte[]> SignAsync(string keyId, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        Require();
        Signatures++;
        return Task.FromResult(keys[keyId].Signer.Sign(content.Span));
    }

    public Task<bool> DeleteAsync(string keyId, CancellationToken cancel = default) => Task.FromResult(keys.TryRemove(keyId, out _));

    public Task CheckAsync(CancellationToken cancel = default)
    {
        Require();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Require()
    {
        if (!IsThere) throw new KeelsonException(ErrorKind.Unavailable, "ask signer: it is away");
    }
}
