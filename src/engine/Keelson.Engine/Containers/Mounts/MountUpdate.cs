namespace Keelson.Engine.Containers;

/// <summary>Mounts that a container gets and loses after it was made.</summary>
internal static class MountUpdate
{
    /// <summary>The mounts that go, and the settings without whatever asked for them.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none at one of the places.</exception>
    public static (IReadOnlyList<MountPoint> Gone, HostSettings Host) Remove(ContainerInfo info, HostSettings host, IReadOnlyList<string> places)
    {
        List<MountPoint> gone = [];
        foreach (string place in places)
        {
            string path = PathText.Clean(place);
            gone.Add(info.Mounts.FirstOrDefault(point => point.Destination == path) ?? throw new KeelsonException(ErrorKind.NotFound, $"container {info.Name}: nothing of its settings is mounted at {place}"));
            host = host with
            {
                Binds = host.Binds is null ? null : [.. host.Binds.Where(bind => VolumeText.Parse(bind).Destination != path)],
                Mounts = host.Mounts is null ? null : [.. host.Mounts.Where(mount => PathText.Clean(mount.Target) != path)],
                Tmpfs = host.Tmpfs?.Where(pair => PathText.Clean(pair.Key) != path).ToDictionary(),
            };
        }
        return (gone, host);
    }

    /// <summary>The mounts that come, volumes without their sources yet.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a mount makes no sense, or something is mounted there.</exception>
    public static IReadOnlyList<MountPoint> Add(IReadOnlyList<MountPoint> standing, IReadOnlyList<MountRequest> requests)
    {
        IReadOnlyList<MountPoint> come = MountPlan.Make(new(), new() { Mounts = requests }, _ => throw new InvalidOperationException("no volumes of others are asked for"));
        foreach (MountPoint point in come)
            if (standing.Any(other => other.Destination == point.Destination)) throw new KeelsonException(ErrorKind.InvalidArgument, $"Duplicate mount point: {point.Destination}");
        return come;
    }
}
