using System.Security.Cryptography;

namespace Keelson.Registry.Auth;

/// <summary>Users and passwords in an Apache htpasswd file; bcrypt alone. The file is read again when it changes.</summary>
/// <remarks>
/// A check by bcrypt takes some 60 ms of a processor, and a push makes dozens of requests: credentials that were right are remembered by a keyed hash, the key being made at the
/// start and kept in memory alone. Wrong ones are not remembered. The check of a name that is not there takes as long as that of one that is.
/// </remarks>
public sealed class HtpasswdFile : IDisposable
{
    private const int MaxFileBytes = 16 << 20;

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(Fingerprint.KeyBytes);
    private readonly WatchedFile<HtpasswdUsers> file;
    private readonly HtpasswdOptions options;
    private readonly SemaphoreSlim turns;
    private int waiting;
    private long work;

    /// <summary>Reads the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="KeelsonException">It cannot be read; InvalidArgument: a line is not right, with its number.</exception>
    public HtpasswdFile(string path, HtpasswdOptions? options = null)
    {
        this.options = options ??= new();
        turns = new(options.Concurrency);
        file = new("users", path, MaxFileBytes, contents => HtpasswdUsers.Parse(contents.Span, options.CacheSize, options.Time), options.Log);
    }

    /// <summary>Rounds of bcrypt that were done, 2^cost for each check.</summary>
    internal long Work => Interlocked.Read(ref work);

    /// <summary>Checks a password.</summary>
    /// <returns>Whether there is such a user with this password.</returns>
    /// <exception cref="KeelsonException">Unavailable: the file cannot be used now, or too many passwords are being checked.</exception>
    public async ValueTask<bool> VerifyAsync(string user, string password, CancellationToken cancel = default)
    {
        HtpasswdUsers users = file.Current;
        // C programs end a password at a NUL, so bcrypt takes "a" and "a\0a" for the same.
        if (!RegistryIdentity.IsName(user) || password.Contains('\0', StringComparison.Ordinal)) return false;
        Fingerprint key = Fingerprint.Of(secret, user, password);
        if (users.Verified.TryGet(key, out _)) return true;
        // A client opens several connections at once: one check serves them all.
        Lazy<Task<bool>> flight = users.Flights.GetOrAdd(key, _ => new(() => CheckAsync(users, key, user, password)));
        return await flight.Value.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Whether there is a user of this name.</summary>
    internal bool Has(string user) => file.Current.Find(user) is not null;

    /// <summary>A fingerprint of a user's password that changes with it; <see langword="null"/> when there is no such user.</summary>
    internal Fingerprint? Stamp(string user, ReadOnlySpan<byte> key) => file.Current.Find(user) is { } hash ? Fingerprint.Of(key, user, hash) : null;

    private async Task<bool> CheckAsync(HtpasswdUsers users, Fingerprint key, string user, string password)
    {
        try
        {
            if (Interlocked.Increment(ref waiting) > options.MaxWaiting + options.Concurrency)
                throw new KeelsonException(ErrorKind.Unavailable, "check a password: too many are being checked");
            string? hash = users.Find(user);
            if ((hash ?? users.StandIn(Fingerprint.Of(secret, user))) is not { } compared) return false;
            await turns.WaitAsync().ConfigureAwait(false);
            try
            {
                Interlocked.Add(ref work, 1L << HtpasswdUsers.Cost(compared));
                bool isRight = await Task.Run(() => BCrypt.Net.BCrypt.Verify(password, compared)).ConfigureAwait(false) && hash is not null;
                if (isRight) users.Verified.Add(key, true, options.Time.GetUtcNow() + options.CacheLifetime);
                return isRight;
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
            users.Flights.TryRemove(key, out _);
        }
    }

    /// <summary>Gives back what the file held.</summary>
    public void Dispose()
    {
        turns.Dispose();
        CryptographicOperations.ZeroMemory(secret);
    }
}
