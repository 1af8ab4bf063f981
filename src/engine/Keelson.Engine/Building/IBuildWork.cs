using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Engine.Building;

/// <summary>One build's hold on the engine: images it is at, containers it runs, trees it writes.</summary>
public interface IBuildWork : IAsyncDisposable
{
    /// <summary>A directory of its own, for the context and what is fetched.</summary>
    string Directory { get; }

    /// <summary>An image by name or identity, which is held from now on; <see langword="null"/> when there is none.</summary>
    Task<EngineImage?> FindAsync(string nameOrId, CancellationToken cancel = default);

    /// <summary>Brings an image, which is held from now on.</summary>
    Task<EngineImage> PullAsync(ImageReference name, ImagePullOptions options, CancellationToken cancel = default);

    /// <summary>The image that a step made before on top of a parent, which is held from now on; <see langword="null"/> when there is none.</summary>
    Task<EngineImage?> FindMadeAsync(EngineImage? parent, string key);

    /// <summary>Makes an image.</summary>
    Task<EngineImage> MakeAsync(ImageDraft draft, CancellationToken cancel = default);

    /// <summary>Lets an image hold another that it was found to stand on.</summary>
    Task AdoptAsync(EngineImage image, EngineImage? parent);

    /// <summary>What stays under the name of its digest when the work ends, unless it has another name.</summary>
    void Keep(EngineImage? last);

    /// <summary>A stage is done: what it came to stays, whatever comes next.</summary>
    void Settle();

    /// <summary>Nobody waits for the work any more: its containers go with it.</summary>
    void Cancel();

    /// <summary>Names an image.</summary>
    Task TagAsync(EngineImage image, ImageReference name, CancellationToken cancel = default);

    /// <summary>Makes a container of an image.</summary>
    /// <param name="parent">The image; <see langword="null"/> for an empty root.</param>
    /// <param name="settings">What runs.</param>
    /// <param name="place">How it stands on its host.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Its identity.</returns>
    Task<string> CreateContainerAsync(EngineImage? parent, ContainerSettings settings, HostSettings place, CancellationToken cancel = default);

    /// <summary>Runs a container to its end.</summary>
    /// <param name="id">The container.</param>
    /// <param name="output">Hears what it writes.</param>
    /// <param name="cancel">Kills it.</param>
    /// <returns>Its exit code.</returns>
    Task<int> RunAsync(string id, Func<StreamChunk, ValueTask> output, CancellationToken cancel = default);

    /// <summary>Makes a layer of what a container that ended has written.</summary>
    /// <param name="id">The container.</param>
    /// <param name="parent">The image that it was made from.</param>
    /// <param name="takes">Whether the container is to be removed next, so that its files can be taken instead of copied.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns><see langword="null"/> when it wrote nothing.</returns>
    Task<MadeLayer?> TakeChangesAsync(string id, EngineImage? parent, bool takes, CancellationToken cancel = default);

    /// <summary>Removes a container with its unnamed volumes.</summary>
    Task RemoveContainerAsync(string id);

    /// <summary>Opens an image's files to read.</summary>
    Task<BuildTree> ViewAsync(EngineImage image, CancellationToken cancel = default);

    /// <summary>Opens a tree on top of an image's files to write.</summary>
    /// <param name="parent">The image; <see langword="null"/> for an empty root.</param>
    /// <param name="cancel">Ends it early.</param>
    Task<BuildTree> PrepareAsync(EngineImage? parent, CancellationToken cancel = default);

    /// <summary>Makes a layer of what was written to a tree, and closes it.</summary>
    /// <returns><see langword="null"/> when nothing was written.</returns>
    Task<MadeLayer?> CommitAsync(BuildTree tree, EngineImage? parent, CancellationToken cancel = default);
}
