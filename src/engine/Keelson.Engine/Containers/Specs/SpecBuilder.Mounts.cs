using System.Globalization;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

internal static partial class SpecBuilder
{
    /// <summary>Size of <c>/dev/shm</c>, in bytes, as docker.</summary>
    public const long SharedMemoryBytes = 64 << 20;

    private static readonly string[] TmpfsOptions = ["noexec", "nosuid", "nodev", "rprivate"];

    private static void Mounts(RuntimeSpec spec, SpecInputs inputs)
    {
        ContainerInfo container = inputs.Container;
        HostSettings host = container.Host;
        List<MountSpec> mounts = Base(host.Privileged);
        List<MountSpec> own = [];
        foreach (MountPoint point in container.Mounts.Where(point => point.Type != "tmpfs")) own.Add(Bind(spec.Linux!, point, inputs.Sources.GetValueOrDefault(point.Destination) ?? point.Source));
        foreach (MountPoint point in container.Mounts.Where(point => point.Type == "tmpfs")) own.Add(Tmpfs(point, host));
        if (HasInit(inputs)) own.Add(Mount(InitInside, "bind", inputs.Machine.InitPath!, "bind", "ro"));
        ContainerInfo names = inputs.NamesOf ?? container;
        foreach ((string destination, string source) in (ReadOnlySpan<(string, string)>)[("/etc/resolv.conf", names.ResolvConfPath), ("/etc/hostname", names.HostnamePath), ("/etc/hosts", names.HostsPath)])
        {
            if (own.Exists(mount => mount.Destination == destination)) continue;
            own.Add(host.ReadonlyRootfs ? Mount(destination, "bind", source, "rbind", "ro", "rprivate") : Mount(destination, "bind", source, "rbind", "rprivate"));
        }
        SharedMemory(mounts, own, inputs);
        // What a container mounts itself takes the place of what everybody has there.
        mounts.RemoveAll(mount => own.Exists(other => other.Destination == mount.Destination));
        // A mount comes after those that it lies in.
        mounts.AddRange(own.OrderBy(mount => Depth(mount.Destination)));
        spec.Mounts = [.. mounts];
    }

    /// <summary>Mounts of a container as the runtime is told of them.</summary>
    public static MountSpec[] Mounts(IReadOnlyList<MountPoint> points, HostSettings host)
    {
        // How the root listens to the host was said when it was made.
        LinuxSpec root = new();
        return [.. points.Select(point => point.Type == "tmpfs" ? Tmpfs(point, host) : Bind(root, point, point.Source)).OrderBy(mount => Depth(mount.Destination))];
    }

    private static List<MountSpec> Base(bool privileged)
    {
        string[] readOnly = privileged ? [] : ["ro"];
        return
        [
            Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
            Mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", .. readOnly]),
            Mount("/sys/fs/cgroup", "cgroup", "cgroup", [.. readOnly, "nosuid", "noexec", "nodev"]),
            Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        ];
    }

    private static void SharedMemory(List<MountSpec> mounts, List<MountSpec> own, SpecInputs inputs)
    {
        HostSettings host = inputs.Container.Host;
        if (host.IpcMode == "none" || own.Exists(mount => mount.Destination == "/dev/shm")) return;
        if (host.IpcMode == "host") own.Add(Mount("/dev/shm", "bind", "/dev/shm", "rbind", "rprivate"));
        else if (inputs.SharedMemoryPath is { } path) own.Add(Mount("/dev/shm", "bind", path, "rbind", "rprivate"));
        else
        {
            long size = host.ShmSizeBytes > 0 ? host.ShmSizeBytes : SharedMemoryBytes;
            mounts.Add(Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=" + size.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static MountSpec Bind(LinuxSpec linux, MountPoint point, string source)
    {
        List<string> options = [point.IsNonRecursive ? "bind" : "rbind"];
        if (!point.IsWritable) options.Add("ro");
        if (point.Propagation.Length > 0) options.Add(point.Propagation);
        // Mounts of the host reach the container only through a root that listens to it.
        if (point.Propagation is "shared" or "rshared") linux.RootfsPropagation = "shared";
        else if (point.Propagation is "slave" or "rslave" && linux.RootfsPropagation is null) linux.RootfsPropagation = "rslave";
        return Mount(point.Destination, "bind", source, [.. options]);
    }

    private static MountSpec Tmpfs(MountPoint point, HostSettings host)
    {
        List<string> options = [.. TmpfsOptions];
        if (host.Tmpfs is not null && host.Tmpfs.TryGetValue(point.Destination, out string? words))
        {
            foreach (string word in words.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                options.RemoveAll(option => option == word || option == "no" + word || "no" + option == word);
                options.Add(word);
            }
        }
        else if ((host.Mounts ?? []).FirstOrDefault(mount => mount.Type == "tmpfs" && mount.Target == point.Destination) is { } request)
        {
            if (request.ReadOnly) options.Add("ro");
            if (request.TmpfsOptions is { Mode: > 0 } mode) options.Add("mode=" + Convert.ToString(mode.Mode, 8));
            if (request.TmpfsOptions is { SizeBytes: > 0 } size) options.Add("size=" + size.SizeBytes.ToString(CultureInfo.InvariantCulture));
        }
        return Mount(point.Destination, "tmpfs", "tmpfs", [.. options]);
    }

    private static int Depth(string path) => path.AsSpan().Trim('/').Count('/');

    private static MountSpec Mount(string destination, string type, string source, params string[] options) =>
        new() { Destination = destination, Type = type, Source = source, Options = options };
}
