using Keelson.Content;
using Keelson.Snapshots;

namespace Keelson.Engine.Diff;

/// <summary>Applies and makes layers of kinds that the engine does not know itself: a proxy plug-in.</summary>
public interface ILayerDiffer
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>Applies a layer.</summary>
    /// <exception cref="KeelsonException">Unsupported: it does not know layers of this type.</exception>
    Task<ContentDescriptor> ApplyAsync(string space, ContentDescriptor layer, IReadOnlyList<Mount> mounts, CancellationToken cancel);

    /// <summary>Makes a layer.</summary>
    /// <exception cref="KeelsonException">Unsupported: it does not make layers of this type.</exception>
    Task<ContentDescriptor> CompareAsync(string space, IReadOnlyList<Mount> lower, IReadOnlyList<Mount> upper, DiffRequest request, CancellationToken cancel);
}
