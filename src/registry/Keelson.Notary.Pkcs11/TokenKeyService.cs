using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Pkcs11;

namespace Keelson.Notary.Pkcs11;

/// <summary>Keys that never leave a PKCS #11 token. The token alone says which keys there are and what for, so that any number of processes share it, and another machine takes it over.</summary>
/// <remarks>A call blocks its thread for as long as the token takes, at most <see cref="Pkcs11TokenOptions.SessionLimit"/> threads at once; others wait without one.</remarks>
public sealed class TokenKeyService : IKeyService
{
    private const int KeyIdLength = 64;

    private readonly TokenKeyOptions options;
    private readonly Pkcs11Module module;
    private readonly Pkcs11Token token;
    private readonly ConcurrentDictionary<string, TokenKey> held = new(StringComparer.Ordinal);
    private readonly KeyedLock making = new();

    private TokenKeyService(TokenKeyOptions options, Pkcs11Module module, Pkcs11Token token) => (this.options, this.module, this.token) = (options, module, token);

    /// <summary>Loads the module, logs in to the token, and removes halves of keys that a killed process left long ago.</summary>
    /// <exception cref="KeelsonException">NotFound: there is no module. InvalidArgument: it is none. Unavailable: the token is not there. PermissionDenied: the PIN is wrong. FailedPrecondition: one more wrong PIN would lock the token, or it has no PIN yet.</exception>
    public static async Task<TokenKeyService> OpenAsync(TokenKeyOptions options, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        Pkcs11Module module = Pkcs11Module.Load(options.Module);
        Pkcs11Token? token = null;
        try
        {
            token = Pkcs11Token.Open(module, options.Token);
            DateTimeOffset before = options.Time.GetUtcNow() - options.HalfMadeLimit;
            await token.RunAsync(session => TokenObjects.Sweep(session, before), cancel).ConfigureAwait(false);
            return new(options, module, token);
        }
        catch
        {
            if (token is not null) await token.DisposeAsync().ConfigureAwait(false);
            module.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Processes that ask at once may each get a key of their own.</remarks>
    public async Task<OnlineKey> CreateAsync(string algorithm, string gun, string role, CancellationToken cancel = default)
    {
        if (algorithm is not (TokenObjects.Ecdsa or TokenObjects.Ed25519)) throw new KeelsonException(ErrorKind.InvalidArgument, $"create key: the algorithm {algorithm} is not known");
        if (!TrustNames.AreStorable(gun, role)) throw new KeelsonException(ErrorKind.InvalidArgument, "create key: the name of the collection or of the role cannot be kept");
        // Two servers that begin a collection at once get one key.
        using KeyedLock.Holder holder = await making.EnterAsync($"{algorithm}\n{role}\n{gun}", cancel).ConfigureAwait(false);
        DateTimeOffset now = options.Time.GetUtcNow();
        TokenKey key = await token.RunAsync(session => TokenObjects.FindUnused(session, algorithm, gun, role) ?? TokenObjects.Make(session, algorithm, gun, role, now), cancel).ConfigureAwait(false);
        return Keep(key).Key;
    }

    /// <inheritdoc/>
    public async ValueTask<OnlineKey?> FindAsync(string keyId, CancellationToken cancel = default) => (await HeldAsync(keyId, cancel).ConfigureAwait(false))?.Key;

    /// <inheritdoc/>
    public async Task<byte[]> SignAsync(string keyId, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        for (bool isAgain = false; ; isAgain = true)
        {
            TokenKey key = await HeldAsync(keyId, cancel).ConfigureAwait(false) ?? throw NotFound(keyId);
            ReadOnlyMemory<byte> input = key.Mechanism == Mechanism.CKM_ECDSA ? SHA256.HashData(content.Span) : content;
            try
            {
                return await token.RunAsync(session => Sign(session, key, input.Span), cancel).ConfigureAwait(false);
            }
            catch (Pkcs11Exception e) when (e.Kind == ErrorKind.NotFound && !isAgain)
            {
                // Another process removed it, or the module numbers its objects anew.
                held.TryRemove(new(keyId, key));
            }
        }
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string keyId, CancellationToken cancel = default)
    {
        if (!IsKeyId(keyId)) return false;
        bool wasThere = await token.RunAsync(session => TokenObjects.Delete(session, keyId) || Absent(false), cancel).ConfigureAwait(false);
        held.TryRemove(keyId, out _);
        return wasThere;
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancel = default) => token.CheckAsync(cancel);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        held.Clear();
        await token.DisposeAsync().ConfigureAwait(false);
        module.Dispose();
    }

    private byte[] Sign(Pkcs11Session session, TokenKey key, ReadOnlySpan<byte> input)
    {
        // A handle of another epoch may be another key by now.
        TokenPlace place = key.Place;
        if (place.Epoch != session.Epoch) key.Place = place = Find(session, key.Key.Id)?.Place ?? throw NotFound(key.Key.Id);
        // Before the signature leaves: a key that has signed must not be given to another collection's beginning.
        if (!key.IsUsed) key.MarkUsed(session, place);
        return session.Sign(key.Mechanism, place.Pair.Private, key.Name, input);
    }

    private async ValueTask<TokenKey?> HeldAsync(string keyId, CancellationToken cancel)
    {
        if (!IsKeyId(keyId)) return null;
        if (held.TryGetValue(keyId, out TokenKey? known)) return known;
        return await token.RunAsync(session => Find(session, keyId), cancel).ConfigureAwait(false) is { } found ? Keep(found) : null;
    }

    private TokenKey? Find(Pkcs11Session session, string keyId) => TokenObjects.Find(session, keyId) ?? Absent<TokenKey?>(null);

    /// <summary>What an absent key means, once it is known that the token is not what is absent.</summary>
    private T Absent<T>(T meaning)
    {
        token.RequireThere();
        return meaning;
    }

    private TokenKey Keep(TokenKey key)
    {
        // Who uses more keys than fit pays for finding them again; which ones go is not worth a list.
        if (held.Count >= options.CacheLimit) held.Clear();
        return held.GetOrAdd(key.Key.Id, key);
    }

    private static bool IsKeyId(string keyId) => keyId.Length == KeyIdLength && keyId.All(char.IsAsciiHexDigitLower);

    private static KeelsonException NotFound(string keyId) => new(ErrorKind.NotFound, $"sign with key {keyId}: it is not kept here");
}
