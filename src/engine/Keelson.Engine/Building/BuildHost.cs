using System.Security.Cryptography;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Engine.Snapshots;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Engine.Building;

/// <summary>Builds on an engine's own services.</summary>
/// <remarks>
/// A work is a lease, a directory <c>ROOT/builds/NAME</c>, and containers with the label <see cref="WorkLabel"/>. The lease is made first and removed last, so that whatever a killed
/// process left is found by it.
/// </remarks>
public sealed class BuildHost : IBuildHost
{
    /// <summary>On a container of a build that goes on: its work.</summary>
    internal const string WorkLabel = "keelson.build";

    private readonly ContainerEngine engine;
    private readonly string directory;

    /// <summary>Makes the host; the engine stays the caller's.</summary>
    public BuildHost(ContainerEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        this.engine = engine;
        directory = engine.Options.Root + "/builds";
        Files.TryMakeDirectories(directory, 0b111_000_000).ThrowIfError("make directory", directory);
        Files.TryChangeMode(directory, 0b111_000_000).ThrowIfError("chmod", directory);
    }

    internal IContainerService Containers => engine.Containers;

    internal ImageService Images => engine.Images;

    internal SnapshotService Snapshots => engine.Snapshots;

    internal string Space => engine.Containers.Namespace;

    /// <inheritdoc/>
    public async Task<IBuildWork> BeginAsync(CancellationToken cancel = default)
    {
        string name = RandomNumberGenerator.GetHexString(16, lowercase: true), work = await Images.BeginWorkAsync(Space, name).ConfigureAwait(false), path = $"{directory}/{name}";
        try
        {
            Files.TryMakeDirectory(path, 0b111_000_000).ThrowIfError("make directory", path);
            return new BuildWork(this, work, path);
        }
        catch
        {
            await Images.EndWorkAsync(Space, work).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<int> RecoverAsync()
    {
        IReadOnlyList<string> left = Images.LeftWorks(Space);
        foreach (ContainerInfo container in Containers.List())
            if (container.Settings.Labels?.GetValueOrDefault(WorkLabel) is { } work && left.Contains(work))
                await Containers.RemoveAsync(container.Id, force: true, volumes: true).ConfigureAwait(false);
        ISnapshotter snapshots = Snapshots.Of(Space);
        List<string> trees = [];
        await foreach (SnapshotInfo snapshot in snapshots.WalkAsync(info => left.Any(work => info.Name.StartsWith(work + "-", StringComparison.Ordinal))).ConfigureAwait(false)) trees.Add(snapshot.Name);
        foreach (string tree in trees) await snapshots.RemoveAsync(tree).ConfigureAwait(false);
        if (Directories.TryListNames(directory, out List<string> names) == Errno.None)
            foreach (string name in names)
                // A directory that was being removed is found without its lease.
                if (!Images.IsWorking(Space, name)) Directory.Delete($"{directory}/{name}", recursive: true);
        foreach (string work in left) await Images.EndLeftWorkAsync(Space, work).ConfigureAwait(false);
        return left.Count;
    }
}
