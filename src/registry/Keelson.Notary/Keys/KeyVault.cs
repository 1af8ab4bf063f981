using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Keys;

/// <summary>The keys that a server signs with: wrapped in a store, parsed in memory. A server has it in its own process, or asks a signer that has it.</summary>
/// <remarks>
/// What it wraps notary-signer unwraps, and the reverse, so a table of one is the other's too. A key that another process removes goes on to sign here while it is
/// parsed, as in notary-signer.
/// </remarks>
/// <param name="store">Where they are; owned from here on.</param>
/// <param name="options">How they are kept.</param>
public sealed class KeyVault(IKeyStore store, KeyVaultOptions options) : IKeyService
{
    private readonly WrappingKeys wrapping = new();
    private readonly ConcurrentDictionary<string, Held> held = new(StringComparer.Ordinal);
    private readonly KeyedLock making = new();

    /// <inheritdoc/>
    public async Task<OnlineKey> CreateAsync(string algorithm, string gun, string role, CancellationToken cancel = default)
    {
        if (algorithm is not ("ecdsa" or "ed25519")) throw new KeelsonException(ErrorKind.InvalidArgument, $"create key: the algorithm {algorithm} is not known");
        if (!TrustNames.AreStorable(gun, role)) throw new KeelsonException(ErrorKind.InvalidArgument, "create key: the name of the collection or of the role cannot be kept");
        // Two servers that begin a collection at once get one key.
        using KeyedLock.Holder holder = await making.EnterAsync($"{algorithm}\n{role}\n{gun}", cancel).ConfigureAwait(false);
        if (await store.FindUnusedAsync(gun, role, algorithm, cancel).ConfigureAwait(false) is { } unused)
        {
            // Unwrapped: a key that cannot sign is not given away.
            return Hold(unused).Key;
        }
        (byte[] secret, ITufSigner signer) = Generate(algorithm);
        try
        {
            string id = KeyName.Of(algorithm, signer.PublicKey.Span);
            WrappedKey made = new(id, algorithm, signer.PublicKey, KeyWrap.Wrap(secret, PassphraseOf(options.DefaultAlias), options.Rounds, wrapping), options.DefaultAlias, gun, role, options.Time.GetUtcNow(), null);
            await store.AddAsync(made, cancel).ConfigureAwait(false);
            return Keep(new(made.Public, signer)).Key;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<OnlineKey?> FindAsync(string keyId, CancellationToken cancel = default) => (await HeldAsync(keyId, cancel).ConfigureAwait(false))?.Key;

    /// <inheritdoc/>
    public async Task<byte[]> SignAsync(string keyId, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        Held key = await HeldAsync(keyId, cancel).ConfigureAwait(false) ?? throw NotFound(keyId);
        if (!key.IsMarked)
        {
            // Before the signature leaves: a key that has signed must not be given to another collection's beginning.
            if (!await store.MarkUsedAsync(keyId, options.Time.GetUtcNow(), cancel).ConfigureAwait(false))
            {
                held.TryRemove(keyId, out _);
                throw NotFound(keyId);
            }
            key.IsMarked = true;
        }
        return key.Signer.Sign(content.Span);
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string keyId, CancellationToken cancel = default)
    {
        bool wasThere = TrustNames.AreStorable(keyId) && await store.DeleteAsync(keyId, cancel).ConfigureAwait(false);
        held.TryRemove(keyId, out _);
        return wasThere;
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default) => store.CheckAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        held.Clear();
        return store.DisposeAsync();
    }

    private async ValueTask<Held?> HeldAsync(string id, CancellationToken cancel)
    {
        if (!TrustNames.AreStorable(id)) return null;
        if (held.TryGetValue(id, out Held? known)) return known;
        return await store.FindAsync(id, cancel).ConfigureAwait(false) is { } found ? Hold(found) : null;
    }

    private Held Hold(WrappedKey key)
    {
        if (held.TryGetValue(key.Id, out Held? known)) return known;
        byte[] secret = KeyWrap.Unwrap(key.Private, PassphraseOf(key.PassphraseAlias), wrapping)
            ?? throw new KeelsonException(ErrorKind.DataLoss, $"unwrap {key}: it is damaged, or wrapped with another passphrase than that of {key.PassphraseAlias}");
        try
        {
            ITufSigner signer = Parse(key.Algorithm, secret);
            if (KeyName.Of(key.Algorithm, signer.PublicKey.Span) != key.Id || !signer.PublicKey.Span.SequenceEqual(key.PublicKey.Span)) throw new KeelsonException(ErrorKind.DataLoss, $"unwrap {key}: its halves do not belong together");
            return Keep(new(key.Public, signer));
        }
        catch (Exception e) when (e is CryptographicException or TufException)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"unwrap {key}: it is no key", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private Held Keep(Held key)
    {
        // Who uses more keys than fit pays for unwrapping them again; which ones go is not worth a list.
        if (held.Count >= options.CacheLimit) held.Clear();
        return held.GetOrAdd(key.Key.Id, key);
    }

    private string PassphraseOf(string alias) =>
        options.Passphrase(alias) is { Length: > 0 } found ? found : throw new KeelsonException(ErrorKind.FailedPrecondition, $"keys: there is no passphrase for the alias {alias}");

    private static KeelsonException NotFound(string id) => new(ErrorKind.NotFound, $"sign with key {id}: it is not kept here");

    /// <summary>A private key as notary's tables have it: ECDSA as RFC 5915 has it, Ed25519 the public half, the seed and the public half again.</summary>
    private static (byte[] Secret, ITufSigner Signer) Generate(string algorithm)
    {
        if (algorithm == "ecdsa")
        {
            ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return (key.ExportECPrivateKey(), new EcdsaSigner(key));
        }
        byte[] seed = RandomNumberGenerator.GetBytes(SeedBytes), whole = new byte[3 * SeedBytes];
        Ed25519Signer signer = new(seed);
        ReadOnlySpan<byte> publicHalf = signer.PublicKey.Span;
        publicHalf.CopyTo(whole);
        seed.CopyTo(whole, SeedBytes);
        publicHalf.CopyTo(whole.AsSpan(2 * SeedBytes));
        CryptographicOperations.ZeroMemory(seed);
        return (whole, signer);
    }

    private const int SeedBytes = 32;

    private static ITufSigner Parse(string algorithm, ReadOnlySpan<byte> secret)
    {
        switch (algorithm)
        {
            case "ecdsa":
                ECDsa ecdsa = ECDsa.Create();
                ecdsa.ImportECPrivateKey(secret, out _);
                return new EcdsaSigner(ecdsa);
            case "ed25519" when secret.Length == 3 * SeedBytes:
                return new Ed25519Signer(secret.Slice(SeedBytes, SeedBytes));
            case "rsa":
                RSA rsa = RSA.Create();
                rsa.ImportRSAPrivateKey(secret, out _);
                return new RsaSigner(rsa);
            default:
                throw new CryptographicException($"{secret.Length} bytes of {algorithm}");
        }
    }

    /// <summary>A parsed key.</summary>
    private sealed class Held(OnlineKey key, ITufSigner signer)
    {
        public OnlineKey Key => key;

        public ITufSigner Signer => signer;

        /// <summary>Whether the store knows that it signs, because it did in this process. What the store knew before is said again once: it is when it was used last.</summary>
        public bool IsMarked { get; set; }
    }
}
