using System.Security.Cryptography;

namespace Keelson.Engine.Containers;

/// <summary>Uses of volumes: a plug-in is told of each by an identity of its own, when it begins and when it ends.</summary>
internal sealed partial class PluginVolumes
{
    /// <summary>Uses that an engine before this one wrote down.</summary>
    private readonly HashSet<string> earlier = new(StringComparer.Ordinal);

    /// <summary>Uses that have ended, and whose plug-in could not be told so. The next who uses or removes the volume does that first. Guarded by <see cref="leftGate"/>.</summary>
    private readonly HashSet<string> left = new(StringComparer.Ordinal);

    private readonly Lock leftGate = new();

    /// <summary>Begins a use.</summary>
    /// <param name="name">The volume.</param>
    /// <param name="user">Identity of the container.</param>
    /// <param name="place">Where in it.</param>
    /// <returns>Where the files are.</returns>
    /// <exception cref="KeelsonException">NotFound: there is no such volume, or its plug-in is gone. Others as the plug-in says. No use is left then, or it is ended later.</exception>
    public async Task<string> MountAsync(string name, string user, string place)
    {
        using KeyedLock.Holder turn = await turns.EnterAsync(name, stop.Token).ConfigureAwait(false);
        StoredPluginVolume volume = records.Find(name) ?? throw Missing(name);
        VolumePlugin plugin = await About("mount", name, () => PluginOfAsync(name, volume.Driver, stop.Token)).ConfigureAwait(false);
        await About("mount", name, () => EndLeftAsync(plugin, name)).ConfigureAwait(false);
        VolumeUse use = new(RandomNumberGenerator.GetHexString(64, lowercase: true), user, place);
        volume = records.Find(name)!;
        try
        {
            records.Save(volume with { Uses = [.. volume.Uses ?? [], use] });
            step?.Invoke("volume mount");
            string path = await plugin.MountAsync(name, use.Id, stop.Token).ConfigureAwait(false);
            step?.Invoke("volume mounted");
            return path;
        }
        catch (KeelsonException e)
        {
            await TakeBackAsync(plugin, name, use, e.Kind).ConfigureAwait(false);
            throw Wrapped("mount", name, e);
        }
    }

    /// <summary>Ends the uses that a container has of a volume.</summary>
    /// <param name="name">The volume; one that is not there is no error.</param>
    /// <param name="user">Identity of the container.</param>
    /// <param name="place">Where in it; <see langword="null"/>: everywhere.</param>
    /// <exception cref="KeelsonException">Unavailable: the plug-in cannot be told. It is told later.</exception>
    public async Task UnmountAsync(string name, string user, string? place)
    {
        using KeyedLock.Holder turn = await turns.EnterAsync(name, stop.Token).ConfigureAwait(false);
        VolumeUse[] all = [.. (records.Find(name)?.Uses ?? []).Where(use => use.User == user && (place is null || use.Place == place))];
        bool isAny = false;
        lock (leftGate)
            foreach (VolumeUse use in all) isAny |= left.Add(use.Id);
        // One that the plug-in did not answer about it may still be busy with: who comes next ends it.
        if (!isAny) return;
        VolumePlugin plugin = await About("unmount", name, () => PluginOfAsync(name, records.Find(name)!.Driver, stop.Token)).ConfigureAwait(false);
        await About("unmount", name, () => EndLeftAsync(plugin, name)).ConfigureAwait(false);
    }

    /// <summary>Puts right what an engine left that was killed: changes that it asked for, and uses that have ended.</summary>
    /// <param name="runs">Whether a container runs.</param>
    public async Task RecoverAsync(Func<string, bool> runs)
    {
        await Task.WhenAll(records.All.Select(volume => RecoverAsync(volume.Name, runs))).ConfigureAwait(false);
    }

    private async Task RecoverAsync(string name, Func<string, bool> runs)
    {
        try
        {
            using KeyedLock.Holder turn = await turns.EnterAsync(name, stop.Token).ConfigureAwait(false);
            if (records.Find(name) is not { } volume) return;
            VolumeUse[] ended = [.. (volume.Uses ?? []).Where(use => earlier.Contains(use.Id) && !runs(use.User))];
            lock (leftGate)
                foreach (VolumeUse use in ended) left.Add(use.Id);
            if (!volume.IsPending && ended.Length == 0) return;
            VolumePlugin plugin = await PluginOfAsync(name, volume.Driver, stop.Token).ConfigureAwait(false);
            if (volume.IsPending && await plugin.GetAsync(name, stop.Token).ConfigureAwait(false) is null)
            {
                records.Remove(name);
                return;
            }
            if (volume.IsPending) records.Save(volume with { IsPending = false });
            await EndLeftAsync(plugin, name).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            failed($"put right volume {name} of plug-in {records.Find(name)?.Driver}", e);
        }
    }

    /// <summary>Tells a plug-in of uses that have ended. The caller has the volume's turn.</summary>
    private async Task<bool> EndLeftAsync(VolumePlugin plugin, string name)
    {
        foreach (VolumeUse use in records.Find(name)?.Uses ?? [])
        {
            lock (leftGate)
                if (!left.Contains(use.Id)) continue;
            step?.Invoke("volume unmount");
            try
            {
                await plugin.UnmountAsync(name, use.Id, stop.Token).ConfigureAwait(false);
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.FailedPrecondition or ErrorKind.DataLoss)
            {
                // It has been told, and would say the same again.
                failed($"unmount volume {name}", e);
            }
            step?.Invoke("volume unmounted");
            Forget(name, use);
        }
        return true;
    }

    /// <summary>A use that did not come to be. One that the plug-in refused it knows nothing of; one that it said nothing or nonsense of may be.</summary>
    private async Task TakeBackAsync(VolumePlugin plugin, string name, VolumeUse use, ErrorKind why)
    {
        if (why == ErrorKind.FailedPrecondition)
        {
            Forget(name, use);
            return;
        }
        lock (leftGate) left.Add(use.Id);
        // One that does not answer is not waited for twice.
        if (why != ErrorKind.DataLoss) return;
        try
        {
            await EndLeftAsync(plugin, name).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            failed($"unmount volume {name}", e);
        }
    }

    private void Forget(string name, VolumeUse use)
    {
        if (records.Find(name) is { } volume) records.Save(volume with { Uses = [.. (volume.Uses ?? []).Where(other => other.Id != use.Id)] });
        lock (leftGate) left.Remove(use.Id);
    }
}
