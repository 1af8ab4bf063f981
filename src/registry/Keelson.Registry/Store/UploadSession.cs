using System.Security.Cryptography;

namespace Keelson.Registry.Store;

/// <summary>A blob that is being pushed.</summary>
internal sealed class UploadSession(string repository, string id, DateTimeOffset startedAt) : IDisposable
{
    /// <summary>One request at a time.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

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

    public void Dispose()
    {
        Hash?.Dispose();
        Hash = null;
        Gate.Dispose();
    }
}
