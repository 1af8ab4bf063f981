using Keelson.Build;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Engine.Snapshots;

namespace Keelson.DockerApi;

/// <summary>What the API stands on.</summary>
public sealed record DockerApiServices
{
    /// <summary>Containers, volumes and events of the namespace that the API shows.</summary>
    public required IContainerService Containers { get; init; }

    /// <summary>Images of the engine.</summary>
    public required IImageService Images { get; init; }

    /// <summary>Snapshots, for sizes of layers and places of files.</summary>
    public required ISnapshotService Snapshots { get; init; }

    /// <summary>Images that are made of containers and by builds; <see langword="null"/> when the engine cannot.</summary>
    public IImageMaker? Maker { get; init; }

    /// <summary>Builds images; <see langword="null"/> when the engine does not.</summary>
    public ImageBuilder? Builder { get; init; }

    /// <summary>Asks registries without pulling; <see langword="null"/> when the engine cannot.</summary>
    public IRegistryQueries? Registries { get; init; }

    /// <summary>What the daemon tells of itself.</summary>
    public required DockerApiInfo Info { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
