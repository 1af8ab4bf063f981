namespace Keelson.Engine.Containers;

/// <summary>What is mounted in a container, of all that asks for a mount: volumes of others, binds, <c>--mount</c>, <c>--tmpfs</c>, and the volumes of the image.</summary>
internal static class MountPlan
{
    /// <summary>Makes the list. Volumes have no source yet, and those without a name are anonymous.</summary>
    /// <param name="settings">Settings with the image's.</param>
    /// <param name="host">How the container stands on its host.</param>
    /// <param name="find">Finds the container of a <see cref="HostSettings.VolumesFrom"/>.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a mount makes no sense, or two want the same place.</exception>
    public static IReadOnlyList<MountPoint> Make(ContainerSettings settings, HostSettings host, Func<string, ContainerInfo> find)
    {
        SortedDictionary<string, MountPoint> points = new(StringComparer.Ordinal);
        foreach (string from in host.VolumesFrom ?? []) Share(points, from, find);
        // What is asked for by name takes the place of what another container has there, but not of something else that was asked for.
        HashSet<string> asked = new(StringComparer.Ordinal);
        foreach (string bind in host.Binds ?? []) Ask(points, asked, VolumeText.Parse(bind));
        foreach (MountRequest request in host.Mounts ?? []) Ask(points, asked, Point(request));
        foreach (string path in (host.Tmpfs ?? new Dictionary<string, string>()).Keys)
        {
            if (!path.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid tmpfs path: '{path}': it must be absolute");
            // Its options are looked up by what was written, so that it has to be the clean form.
            if (PathText.Clean(path) is var clean && (clean == "/" || asked.Contains(clean))) throw Twice(clean);
            asked.Add(path);
            points[path] = new("tmpfs", "", "", path);
        }
        foreach (string volume in (settings.Volumes ?? new Dictionary<string, Oci.EmptyObject>()).Keys)
        {
            MountPoint point = VolumeText.Parse(volume);
            points.TryAdd(point.Destination, point with { Mode = "" });
        }
        return [.. points.Values];
    }

    private static void Ask(SortedDictionary<string, MountPoint> points, HashSet<string> asked, MountPoint point)
    {
        if (!asked.Add(point.Destination)) throw Twice(point.Destination);
        points[point.Destination] = point;
    }

    private static MountPoint Point(MountRequest request)
    {
        if (!request.Target.StartsWith('/') || PathText.Clean(request.Target) == "/")
            throw Invalid(request, request.Target.Length == 0 ? "field Target must not be empty" : $"invalid mount path: '{request.Target}'");
        string target = PathText.Clean(request.Target);
        switch (request.Type)
        {
            case "bind":
                if (request.Source.Length == 0) throw Invalid(request, "field Source must not be empty");
                if (!request.Source.StartsWith('/')) throw Invalid(request, $"invalid mount path: '{request.Source}' mount path must be absolute");
                if (request.VolumeOptions is not null) throw Invalid(request, "field VolumeOptions must not be specified");
                if (request.TmpfsOptions is not null) throw Invalid(request, "field TmpfsOptions must not be specified");
                string propagation = request.BindOptions?.Propagation ?? "";
                if (propagation is not ("" or "private" or "rprivate" or "shared" or "rshared" or "slave" or "rslave")) throw Invalid(request, $"invalid propagation mode: {propagation}");
                return new("bind", "", PathText.Clean(request.Source), target, IsWritable: !request.ReadOnly, Propagation: propagation.Length > 0 ? propagation : "rprivate") { IsNonRecursive = request.BindOptions?.NonRecursive ?? false };
            case "volume":
                if (request.BindOptions is not null) throw Invalid(request, "field BindOptions must not be specified");
                if (request.Source.Length > 0 && !ContainerName.IsValid(request.Source)) throw Invalid(request, $"\"{request.Source}\" includes invalid characters for a local volume name");
                return new("volume", request.Source, "", target, "local", request.Source.Length > 0 ? "z" : "", !request.ReadOnly) { IsAnonymous = request.Source.Length == 0, Copies = request.VolumeOptions?.NoCopy != true };
            case "tmpfs":
                if (request.Source.Length > 0) throw Invalid(request, "field Source must not be specified");
                return new("tmpfs", "", "", target, IsWritable: !request.ReadOnly);
            default:
                throw Invalid(request, "mount type unknown");
        }
    }

    private static void Share(SortedDictionary<string, MountPoint> points, string from, Func<string, ContainerInfo> find)
    {
        int colon = from.IndexOf(':', StringComparison.Ordinal);
        string id = colon < 0 ? from : from[..colon], mode = colon < 0 ? "" : from[(colon + 1)..];
        if (mode is not ("" or "ro" or "rw" or "z" or "Z")) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid volumes-from: {from}");
        foreach (MountPoint point in find(id).Mounts)
            if (point.Type != "tmpfs") points[point.Destination] = mode == "ro" ? point with { IsWritable = false } : point;
    }

    private static KeelsonException Twice(string path) => new(ErrorKind.InvalidArgument, $"Duplicate mount point: {path}");

    private static KeelsonException Invalid(MountRequest request, string why) => new(ErrorKind.InvalidArgument, $"invalid mount config for type \"{request.Type}\": {why}");
}
