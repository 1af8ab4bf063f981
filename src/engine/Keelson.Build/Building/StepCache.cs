using Keelson.Engine.Building;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Finds steps that were done before. After the first that was not, no other of the stage is looked for.</summary>
/// <param name="work">The build's hold on the engine.</param>
/// <param name="isOff">Whether nothing is found.</param>
/// <param name="sources">Images whose steps alone count; empty for those that were built here.</param>
internal sealed class StepCache(IBuildWork work, bool isOff, IReadOnlyList<EngineImage> sources)
{
    private IReadOnlyList<EngineImage> open = [];
    private bool isBroken;

    /// <summary>A stage begins.</summary>
    public void Reset()
    {
        isBroken = false;
        open = sources;
    }

    /// <summary>The image of a step.</summary>
    /// <param name="parent">The image before it; <see langword="null"/> for none.</param>
    /// <param name="config">The configuration of its container.</param>
    /// <param name="cancel">Ends it early.</param>
    public async Task<EngineImage?> FindAsync(EngineImage? parent, ContainerConfig config, CancellationToken cancel)
    {
        if (isOff || isBroken) return null;
        string key = StepKey.Of(config);
        EngineImage? found = sources.Count == 0 ? await work.FindMadeAsync(parent, key).ConfigureAwait(false) : await OfSourcesAsync(parent, config, cancel).ConfigureAwait(false);
        isBroken = found is null;
        return found;
    }

    private async Task<EngineImage?> OfSourcesAsync(EngineImage? parent, ContainerConfig config, CancellationToken cancel)
    {
        IReadOnlyList<ImageHistory> below = parent?.Config.History ?? [];
        foreach (EngineImage source in open)
        {
            IReadOnlyList<ImageHistory> history = source.Config.History ?? [];
            if (history.Count <= below.Count || !StandsOn(source, parent) || history[below.Count].CreatedBy != string.Join(' ', config.Cmd ?? [])) continue;
            if (history.Count == below.Count + 1)
            {
                await work.AdoptAsync(source, parent).ConfigureAwait(false);
                return await work.FindAsync(source.Id.ToString(), cancel).ConfigureAwait(false);
            }
            // Steps of one image belong together: another that has this one, too, may have come by it in another way.
            open = [source];
            return await RestoreAsync(parent, source, config, below.Count, cancel).ConfigureAwait(false);
        }
        return null;
    }

    private Task<EngineImage> RestoreAsync(EngineImage? parent, EngineImage source, ContainerConfig config, int index, CancellationToken cancel)
    {
        ImageHistory step = source.Config.History![index];
        int layers = parent?.Config.Rootfs?.DiffIds.Count ?? 0;
        ImageConfig made = source.Config with { Created = step.Created, Config = config, History = [.. source.Config.History.Take(index + 1)] };
        MadeLayer? layer = step.IsEmptyLayer ? null : new(source.Document.Layers[layers], source.Config.Rootfs!.DiffIds[layers]);
        return work.MakeAsync(new(parent, made) { Layer = layer }, cancel);
    }

    /// <summary>Whether an image begins as another does: the same steps and the same layers.</summary>
    private static bool StandsOn(EngineImage image, EngineImage? parent)
    {
        IReadOnlyList<Digest> own = image.Config.Rootfs?.DiffIds ?? [], below = parent?.Config.Rootfs?.DiffIds ?? [];
        IReadOnlyList<ImageHistory> ownSteps = image.Config.History ?? [], belowSteps = parent?.Config.History ?? [];
        return own.Count >= below.Count && own.Take(below.Count).SequenceEqual(below) && ownSteps.Count >= belowSteps.Count && ownSteps.Take(belowSteps.Count).SequenceEqual(belowSteps)
            && own.Count == ownSteps.Count(step => !step.IsEmptyLayer) && image.Document.Layers.Count == own.Count;
    }
}
