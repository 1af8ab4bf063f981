using Keelson.Content;

namespace Keelson.Engine.Containers;

/// <summary>Volumes in use by containers.</summary>
internal sealed partial class VolumeService
{
    /// <summary>Makes a volume ready for a container.</summary>
    /// <param name="name">The volume.</param>
    /// <param name="user">Identity of the container, or of what else uses it.</param>
    /// <param name="place">Where it will be in the container.</param>
    /// <param name="cancel">Gives up before anything is mounted.</param>
    /// <returns>Where its files are.</returns>
    /// <exception cref="KeelsonException">It cannot be mounted, or its plug-in refuses or does not answer.</exception>
    public async Task<string> MountAsync(string name, string user, string place, CancellationToken cancel)
    {
        if (local.Find(name) is not { } volume) return await remote.MountAsync(name, user, place).ConfigureAwait(false);
        await local.MountAsync(volume, user, place, cancel).ConfigureAwait(false);
        return volume.Path;
    }

    /// <summary>Ends a container's uses of a volume, and takes away what is mounted when they were the last.</summary>
    /// <param name="name">The volume; one that is gone is no error.</param>
    /// <param name="user">As when it was made ready.</param>
    /// <param name="place">Where it was in the container; <see langword="null"/>: everywhere.</param>
    /// <param name="others">Volumes that other containers use that run.</param>
    public async Task UnmountAsync(string name, string user, string? place, IReadOnlyCollection<string> others)
    {
        if (local.Find(name) is not { } volume) await remote.UnmountAsync(name, user, place).ConfigureAwait(false);
        else await local.UnmountAsync(volume, user, place, others.Contains(name)).ConfigureAwait(false);
    }

    /// <summary>Puts right what plug-ins were asked for by an engine that was killed.</summary>
    public Task RecoverAsync(Func<string, bool> runs) => remote.RecoverAsync(runs);

    /// <summary>What is told of a container's volumes when it starts and when it has ended, as docker does.</summary>
    public static IEnumerable<EventDraft> Events(string space, ContainerInfo info, bool isStart) =>
        info.Mounts.Where(mount => mount.Type == "volume").Select(mount => DockerEvents.Draft(space, "volume", isStart ? "mount" : "unmount", mount.Name, Attributes(info, mount, isStart)));

    private static Dictionary<string, string> Attributes(ContainerInfo info, MountPoint mount, bool isStart)
    {
        Dictionary<string, string> attributes = new() { ["container"] = info.Id, ["driver"] = mount.Driver };
        if (isStart) (attributes["destination"], attributes["propagation"], attributes["read/write"]) = (mount.Destination, mount.Propagation, mount.IsWritable ? "true" : "false");
        return attributes;
    }
}
