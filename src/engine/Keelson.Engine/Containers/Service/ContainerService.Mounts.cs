using Keelson.Oci;
using Keelson.Shim.Api;

namespace Keelson.Engine.Containers;

/// <summary>Mounts that come and go after a container was made (moby #9849).</summary>
internal sealed partial class ContainerService
{
    /// <summary>Takes mounts away and adds others, in the container when it runs. The caller has the turn.</summary>
    /// <remarks>What comes is written down before it is mounted, and what goes after it is gone: a volume that is mounted is always held.</remarks>
    /// <param name="container">The container.</param>
    /// <param name="host">Its settings, with what else is changed.</param>
    /// <param name="update">What is asked for.</param>
    /// <returns>The container with them.</returns>
    /// <exception cref="KeelsonException">One of them cannot be had; the container is as it was.</exception>
    private async Task<ContainerInfo> ChangeMountsAsync(ManagedContainer container, HostSettings host, ContainerUpdate update)
    {
        ContainerInfo info = container.Info;
        (IReadOnlyList<MountPoint> gone, host) = MountUpdate.Remove(info, host, update.RemoveMounts ?? []);
        List<MountPoint> standing = [.. info.Mounts.Except(gone)];
        List<string> made = [];
        beingMade[info.Id] = [];
        try
        {
            IReadOnlyList<MountPoint> come = MountUpdate.Add(standing, update.AddMounts ?? []);
            // So that nobody removes its volumes meanwhile.
            beingMade[info.Id] = come;
            HostSettings asked = host with { Mounts = [.. host.Mounts ?? [], .. update.AddMounts ?? []] };
            come = await MakeVolumesAsync(come, asked, made).ConfigureAwait(false);
            beingMade[info.Id] = come;
            if (info.State.IsRunning)
            {
                await ChangeAsync(container, info with { Host = asked, Mounts = [.. info.Mounts, .. come] }, []).ConfigureAwait(false);
                await MoveMountsAsync(info, asked, gone, come).ConfigureAwait(false);
            }
            return info with { Host = asked, Mounts = [.. standing, .. come] };
        }
        catch
        {
            if (container.Info != info) await TryAsync($"write down the mounts of container {info.Id} as they were", () => ChangeAsync(container, info, [])).ConfigureAwait(false);
            foreach (MountPoint point in beingMade[info.Id].Where(point => point.Type == "volume"))
                await TryAsync($"give back volume {point.Name}", () => volumes.UnmountAsync(point.Name, info.Id, point.Destination, VolumesInUse(info, info.Mounts))).ConfigureAwait(false);
            beingMade.TryRemove(info.Id, out _);
            foreach (string volume in made) await TryAsync($"take back volume {volume}", () => volumes.RemoveAsync(volume, force: true)).ConfigureAwait(false);
            throw;
        }
        finally
        {
            beingMade.TryRemove(info.Id, out _);
        }
    }

    private async Task MoveMountsAsync(ContainerInfo info, HostSettings host, IReadOnlyList<MountPoint> gone, IReadOnlyList<MountPoint> come)
    {
        come = await MountVolumesAsync(info, come).ConfigureAwait(false);
        foreach (MountPoint point in come.Where(point => point.Type == "volume" && point.Copies))
        {
            using RootView root = RootView.Open(info.State.Pid);
            await CopyUp.RunAsync(root, point.Destination, point.Source, stop.Token).ConfigureAwait(false);
        }
        if (gone.Count > 0) await TellMountsAsync(MountChange.Remove, info, info.Host, gone).ConfigureAwait(false);
        try
        {
            if (come.Count > 0) await TellMountsAsync(MountChange.Add, info, host, come).ConfigureAwait(false);
        }
        catch
        {
            if (gone.Count > 0) await TryAsync($"mount in container {info.Id} again what was taken away", () => TellMountsAsync(MountChange.Add, info, info.Host, gone)).ConfigureAwait(false);
            throw;
        }
        HashSet<string> used = VolumesInUse(info, info.Mounts.Except(gone).Concat(come));
        foreach (MountPoint point in gone.Where(point => point.Type == "volume"))
            await TryAsync($"give back volume {point.Name}", () => volumes.UnmountAsync(point.Name, info.Id, point.Destination, used)).ConfigureAwait(false);
    }

    /// <summary>Volumes of containers that run; of one of them these.</summary>
    private HashSet<string> VolumesInUse(ContainerInfo info, IEnumerable<MountPoint> mounts) =>
        [.. table.All.Where(other => other.Info.State.IsRunning).SelectMany(other => other.Id == info.Id ? mounts : other.Info.Mounts).Select(mount => mount.Name)];

    private Task TellMountsAsync(string change, ContainerInfo info, HostSettings host, IReadOnlyList<MountPoint> points) =>
        tasks.UpdateAsync(Namespace, new(info.Id, new TypedMessage(change, RuntimeSpecWriter.ToUtf8(SpecBuilder.Mounts(points, host), indented: false))), stop.Token);
}
