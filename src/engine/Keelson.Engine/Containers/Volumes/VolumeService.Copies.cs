namespace Keelson.Engine.Containers;

/// <summary>Volumes that begin with a copy of another (moby #3804): contents are shared where the file system can.</summary>
internal sealed partial class VolumeService
{
    private async Task<VolumeInfo> CopyAsync(string name, IReadOnlyDictionary<string, string>? labels, Dictionary<string, string> words, bool isAnonymous, VolumeInfo? there, CancellationToken cancel)
    {
        words.Remove(IVolumeService.FromOption, out string? from);
        bool replaces = words.Remove(IVolumeService.ReplaceOption, out string? answer) && answer == "true";
        if (answer is not (null or "true" or "false")) throw Wrong(name, $"{IVolumeService.ReplaceOption} is '{answer}', which is neither true nor false");
        CheckName(name);
        LocalOptions.Check(name, words);
        if (words.ContainsKey("device")) throw Wrong(name, "what is mounted does not begin with a copy");
        if (from == name) throw Wrong(name, "it cannot be a copy of itself");
        VolumeInfo source = Find(from ?? "") ?? throw new KeelsonException(ErrorKind.NotFound, $"create {name}: get {from}: no such volume");
        if (source.Driver != IVolumeService.Local) throw Wrong(name, $"volume {from} is of the plug-in {source.Driver}, and copies are made of volumes of the driver {IVolumeService.Local}");
        if (there is not null) CheckReplaced(there, replaces);
        await local.MountAsync(source, "copy", name, cancel).ConfigureAwait(false);
        try
        {
            if (there is null) return await MakeAsync(New(name, labels, words, isAnonymous), source.Path, cancel).ConfigureAwait(false);
            VolumeInfo volume = await local.CreateAsync(words.Count > 0 ? there with { Options = words } : there, source.Path, replaces: true, cancel).ConfigureAwait(false);
            await TellAsync(volume, "restore").ConfigureAwait(false);
            return volume;
        }
        finally
        {
            await local.UnmountAsync(source, "copy", name, running(source.Name).Count > 0).ConfigureAwait(false);
        }
    }

    private void CheckReplaced(VolumeInfo there, bool replaces)
    {
        if (!replaces) throw new KeelsonException(ErrorKind.AlreadyExists, $"create {there.Name}: a volume of this name is there");
        if (there.Options.ContainsKey("device")) throw Wrong(there.Name, "what is mounted is not replaced");
        // They would go on with the files that were there.
        if (running(there.Name) is { Count: > 0 } ids) throw new KeelsonException(ErrorKind.FailedPrecondition, $"create {there.Name}: containers that run use the volume - [{string.Join(", ", ids)}]");
    }

    private static KeelsonException Wrong(string name, string why) => new(ErrorKind.InvalidArgument, $"create {name}: {why}");
}
