namespace Keelson.Notary.Server;

/// <summary>How a server of collections behaves. The defaults are those of notary-server 0.7.</summary>
public sealed record NotaryServerOptions
{
    /// <summary>The algorithm of keys that the server asks its signer for: <c>ecdsa</c> or <c>ed25519</c>.</summary>
    public string KeyAlgorithm { get; init; } = "ecdsa";

    /// <summary>What names of collections begin with; empty for any.</summary>
    public IReadOnlyList<string> GunPrefixes { get; init; } = [];

    /// <summary>How long caches may keep a current file. Five minutes.</summary>
    public TimeSpan CurrentLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long caches may keep a file that is asked for by its hash or version. Thirty days.</summary>
    public TimeSpan ConsistentLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long a timestamp of the server holds. Fourteen days.</summary>
    public TimeSpan TimestampLifetime { get; init; } = TimeSpan.FromDays(14);

    /// <summary>How long a snapshot of the server holds. Three years.</summary>
    public TimeSpan SnapshotLifetime { get; init; } = TimeSpan.FromDays(3 * 365);

    /// <summary>How much of an upload is read: 100 MiB, which is what notary's client reads of a file.</summary>
    public long UploadLimitBytes { get; init; } = 100 << 20;

    /// <summary>How many files an upload may have: 1,000.</summary>
    public int UploadLimitFiles { get; init; } = 1000;

    /// <summary>How much of the store is kept in memory to be read: 64 MiB. What publications go by takes a quarter of that besides.</summary>
    public long CacheLimitBytes { get; init; } = 64 << 20;

    /// <summary>How long a current file in memory holds where other processes write to the store. One second.</summary>
    public TimeSpan SharedLifetime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Says who may do what; <see langword="null"/>: everybody may do everything.</summary>
    public INotaryAuthorizer? Authorizer { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
