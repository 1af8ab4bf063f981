using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>Looks at device nodes of the host.</summary>
internal static class DeviceFinder
{
    /// <summary>A directory of devices holds at most these; more is a mistake.</summary>
    private const int Limit = 4096;

    /// <summary>Directories below /dev whose nodes belong to others, and nodes that every container has of its own.</summary>
    private static readonly string[] Skipped = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"];

    /// <summary>The devices that settings name.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a path is no device, or its permissions are none.</exception>
    public static List<(DeviceSpec Device, DeviceAccess Access)> Find(HostSettings host)
    {
        List<(DeviceSpec, DeviceAccess)> found = [];
        if (host.Privileged)
        {
            Walk("/dev", "/dev", DeviceAccess.All, found, isRoot: true);
            return found;
        }
        foreach (DeviceMapping mapping in host.Devices ?? [])
        {
            DeviceAccess access = DeviceRuleText.Access(string.IsNullOrEmpty(mapping.CgroupPermissions) ? "rwm" : mapping.CgroupPermissions);
            string inside = string.IsNullOrEmpty(mapping.PathInContainer) ? mapping.PathOnHost : mapping.PathInContainer;
            Errno errno = Files.TryStatus(mapping.PathOnHost, out FileStatus status);
            if (errno != Errno.None) throw new KeelsonException(ErrorKind.InvalidArgument, $"error gathering device information while adding custom device \"{mapping.PathOnHost}\": {errno.Describe()}");
            if (Node(status, inside) is { } device) found.Add((device, access));
            else if (status.IsDirectory) Walk(mapping.PathOnHost, inside, access, found, isRoot: false);
            else throw new KeelsonException(ErrorKind.InvalidArgument, $"error gathering device information while adding custom device \"{mapping.PathOnHost}\": not a device node");
        }
        return found;
    }

    /// <summary>Numbers of the block devices that rates and shares name.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a path is no block device.</exception>
    public static Dictionary<string, (long Major, long Minor)> Numbers(ResourceSettings settings)
    {
        Dictionary<string, (long, long)> numbers = [];
        IEnumerable<string> paths = (settings.BlkioWeightDevice ?? []).Select(entry => entry.Path);
        foreach (IReadOnlyList<DeviceRate>? list in (IReadOnlyList<DeviceRate>?[])[settings.BlkioDeviceReadBps, settings.BlkioDeviceWriteBps, settings.BlkioDeviceReadIops, settings.BlkioDeviceWriteIops])
            paths = paths.Concat((list ?? []).Select(entry => entry.Path));
        foreach (string path in paths)
        {
            if (Files.TryStatus(path, out FileStatus status) != Errno.None || (status.Mode & FileStatus.S_IFMT) != FileStatus.S_IFBLK)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"{path}: no such block device");
            numbers[path] = (Device.Major(status.NodeDevice), Device.Minor(status.NodeDevice));
        }
        return numbers;
    }

    private static void Walk(string folder, string inside, DeviceAccess access, List<(DeviceSpec, DeviceAccess)> found, bool isRoot)
    {
        if (Directories.TryListNames(folder, out List<string> names) != Errno.None) return;
        names.Sort(StringComparer.Ordinal);
        foreach (string name in names)
        {
            // Nodes come and go; one that is gone is none. Links are not followed: they may lead back up.
            if (isRoot && Skipped.Contains(name) || Files.TryStatus($"{folder}/{name}", out FileStatus status, followLink: false) != Errno.None) continue;
            if (status.IsDirectory) Walk($"{folder}/{name}", $"{inside}/{name}", access, found, isRoot: false);
            else if (Node(status, $"{inside}/{name}") is { } device) found.Add((device, access));
            if (found.Count > Limit) throw new KeelsonException(ErrorKind.InvalidArgument, $"{folder}: there are more than {Limit} devices");
        }
    }

    private static DeviceSpec? Node(in FileStatus status, string path) => (status.Mode & FileStatus.S_IFMT) is FileStatus.S_IFCHR or FileStatus.S_IFBLK
        ? new()
        {
            Path = path,
            Type = (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFCHR ? DeviceKind.Char : DeviceKind.Block,
            Major = Device.Major(status.NodeDevice),
            Minor = Device.Minor(status.NodeDevice),
            FileMode = status.Mode & 0xfff,
            Uid = status.Uid,
            Gid = status.Gid,
        }
        : null;
}
