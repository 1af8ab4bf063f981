using Keelson.Content;

namespace Keelson.Engine;

/// <summary>An engine: its stores, and what works on them. One process at a time has the directories.</summary>
public sealed class ContainerEngine : IAsyncDisposable
{
    private ContainerEngine(EngineOptions options, MetadataDatabase database)
    {
        Options = options;
        Database = database;
    }

    /// <summary>What the engine was opened with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Content, metadata and events.</summary>
    public MetadataDatabase Database { get; }

    /// <summary>Opens an engine, and puts right what a crash left.</summary>
    /// <exception cref="KeelsonException">Unavailable: another process has it open. DataLoss: the metadata are damaged.</exception>
    public static ContainerEngine Open(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(options, MetadataDatabase.Open(options.Metadata));
    }

    /// <summary>Closes the stores. Containers run on.</summary>
    public ValueTask DisposeAsync() => Database.DisposeAsync();
}
