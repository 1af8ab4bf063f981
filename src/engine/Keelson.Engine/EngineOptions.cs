using Keelson.Content;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Engine.Networks;
using Keelson.Engine.Snapshots;
using Keelson.Engine.Tasks;

namespace Keelson.Engine;

/// <summary>Where an engine keeps its things, and how it works.</summary>
public sealed record EngineOptions
{
    /// <summary>The directory of what must stay.</summary>
    public required string Root { get; init; }

    /// <summary>The directory of what goes with the machine's next start: bundles, sockets, mounts.</summary>
    public required string State { get; init; }

    /// <summary>The stores of content and metadata.</summary>
    public required MetadataOptions Metadata { get; init; }

    /// <summary>Snapshotters.</summary>
    public SnapshotOptions Snapshots { get; init; } = new();

    /// <summary>How tasks are run.</summary>
    public TaskServiceOptions Tasks { get; init; } = new();

    /// <summary>How containers are kept.</summary>
    public ContainerServiceOptions Containers { get; init; } = new();

    /// <summary>Networks.</summary>
    public NetworkOptions Networks { get; init; } = new();

    /// <summary>Images.</summary>
    public ImageServiceOptions Images { get; init; } = new();

    /// <summary>Those who apply and make layers of types that the engine does not know. The engine disposes of those that can be.</summary>
    public IReadOnlyList<Diff.ILayerDiffer> Differs { get; init; } = [];
}
