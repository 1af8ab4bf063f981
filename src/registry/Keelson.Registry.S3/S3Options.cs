namespace Keelson.Registry.S3;

/// <summary>Which bucket holds a store, and how it is reached.</summary>
public sealed record S3Options
{
    /// <summary>Name of the bucket, which must be there.</summary>
    public required string Bucket { get; init; }

    /// <summary>Region of the bucket: <c>us-east-1</c>. Requests are signed for it also where <see cref="Endpoint"/> is set.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The server, where it is not Amazon's: <c>https://storage.example:9000</c>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Key ID; <see langword="null"/>: as the AWS SDK finds one, first in <c>AWS_ACCESS_KEY_ID</c>.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret of the key.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The token of a key that is valid for a while; <see langword="null"/> with a key that stays.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Whether the bucket is part of the path and not of the host's name, as most servers but Amazon's want it.</summary>
    public bool HasPathStyle { get; init; }

    /// <summary>Whether Amazon's servers are reached by HTTPS; <see cref="Endpoint"/> says it by its scheme.</summary>
    public bool IsSecure { get; init; } = true;

    /// <summary>Folder of the bucket that holds the store; empty: the bucket is the store.</summary>
    public string RootPrefix { get; init; } = "";

    /// <summary>Storage class of what is written, such as <c>STANDARD_IA</c>; <see langword="null"/>: that of the bucket.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Whether the server is asked to encrypt what is written.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>ID of the key in Amazon's KMS that it is encrypted with; <see langword="null"/>: a key of S3's own.</summary>
    public string? EncryptionKey { get; init; }

    /// <summary>Bytes of a push that are sent at once: 10 MiB, as distribution; 5 MiB at least. A push holds two such pieces in memory. A blob has at most 10,000.</summary>
    public int ChunkBytes { get; init; } = 10 << 20;

    /// <summary>A longer object is copied in pieces, several at a time: 32 MiB, as distribution.</summary>
    public long CopyThresholdBytes { get; init; } = 32 << 20;

    /// <summary>Length of such a piece: 32 MiB, as distribution; 5 MiB at least. None is longer than twice that.</summary>
    public long CopyChunkBytes { get; init; } = 32 << 20;

    /// <summary>How many of them are copied at a time: 16.</summary>
    public int CopyConcurrency { get; init; } = 16;

    /// <summary>How long the address of a blob is valid that a client is sent to: 20 minutes, as distribution.</summary>
    public TimeSpan AddressLifetime { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>The clock that this time is counted by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
