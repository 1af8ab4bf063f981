using Keelson.Snapshots;

namespace Keelson.Api;

/// <summary>Mounts as messages.</summary>
internal static class MountMessages
{
    /// <summary>A mount as a message.</summary>
    public static Containerd.Types.Mount Message(Mount mount)
    {
        Containerd.Types.Mount message = new() { Type = mount.Type, Source = mount.Source, Target = mount.Target };
        message.Options.Add(mount.Options);
        return message;
    }

    /// <summary>Mounts of a request.</summary>
    public static IReadOnlyList<Mount> Read(IEnumerable<Containerd.Types.Mount> mounts) => [.. mounts.Select(mount => new Mount(mount.Type, mount.Source, [.. mount.Options], mount.Target))];
}
