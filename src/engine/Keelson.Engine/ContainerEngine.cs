using Keelson.Content;
using Keelson.Engine.Diff;
using Keelson.Engine.Images;
using Keelson.Engine.Snapshots;

namespace Keelson.Engine;

/// <summary>An engine: its stores, and what works on them. One process at a time has the directories.</summary>
public sealed class ContainerEngine : IAsyncDisposable
{
    private ContainerEngine(EngineOptions options, MetadataDatabase database, SnapshotService snapshots)
    {
        Options = options;
        Database = database;
        Snapshots = snapshots;
        Diffs = new(database);
        Images = new(database, snapshots, options.Images);
    }

    /// <summary>What the engine was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Content, metadata and events.</summary>
    public MetadataDatabase Database { get; }

    /// <summary>Trees of images and containers.</summary>
    public SnapshotService Snapshots { get; }

    /// <summary>Layers made of snapshots, and snapshots of layers.</summary>
    public DiffService Diffs { get; }

    /// <summary>Images.</summary>
    public ImageService Images { get; }

    /// <summary>Opens an engine, and puts right what a crash left.</summary>
    /// <exception cref="KeelsonException">Unavailable: another process has it open. DataLoss: the metadata are damaged.</exception>
    public static async Task<ContainerEngine> OpenAsync(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MetadataDatabase database = MetadataDatabase.Open(options.Metadata);
        try
        {
            return new(options, database, await SnapshotService.OpenAsync(database, options.Root + "/snapshotters", options.Snapshots).ConfigureAwait(false));
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Closes the stores. Containers run on.</summary>
    public async ValueTask DisposeAsync()
    {
        Images.Dispose();
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        await Database.DisposeAsync().ConfigureAwait(false);
    }
}
