using Keelson.Linux;

namespace Keelson.Content;

/// <summary>Where the store is and how it behaves.</summary>
/// <param name="Root">Its directory; made when it is missing, with access for its owner alone. One process at a time opens it.</param>
public sealed record MetadataOptions(string Root)
{
    /// <summary>The clock: the system's by default.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether a namespace may use what another one has: <see cref="SharingPolicy.Shared"/> by default, as containerd.</summary>
    public SharingPolicy Sharing { get; init; } = SharingPolicy.Shared;

    /// <summary>How many events are kept.</summary>
    public EventRetention Retention { get; init; } = new();

    /// <summary>How long an ingest that no lease holds stays when nobody commits it: 24 hours by default, as containerd.</summary>
    public TimeSpan IngestLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Length of the log, in bytes, at which a checkpoint takes its place; the size of the last checkpoint when that is more. 4 MiB by default.</summary>
    public long CheckpointBytes { get; init; } = 4 << 20;

    /// <summary>Keeps the bytes of committed content in place of files of the store; <see langword="null"/> by default. The store disposes of it if that can be done.</summary>
    public IBlobStore? Blobs { get; init; }

    /// <summary>Does all changes of files.</summary>
    internal Disk Disk { get; init; } = new();

    /// <summary>Leads older formats to the present one.</summary>
    internal IReadOnlyList<Migration> Migrations { get; init; } = Migration.All;
}
