using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Compile;
using Keelson.Runtime.Containers;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Criu;

/// <summary>The mounts of a container that come from the host: images name them and do not hold them.</summary>
internal static class CriuMounts
{
    /// <summary>What covers a masked file, and the name of these mounts in images.</summary>
    public const string Mask = "/dev/null";

    /// <summary>The mounts: their place in the container, which is their name in images too, and their source on the host.</summary>
    public static List<(string Place, string Source)> FromHost(RuntimeSpec spec, string bundle, Cgroup? cgroup)
    {
        List<(string, string)> mounts = [];
        foreach (MountSpec mount in spec.Mounts)
        {
            MountOptions options = MountOptions.Parse(mount.Options, mount.Type);
            string place = "/" + RootfsPaths.Relative(mount.Destination);
            if (mount.Type is "cgroup" or "cgroup2") AddCgroups(mounts, place, cgroup);
            else if (options.IsBind && !options.IsRemount && mount.Source is { Length: > 0 } source) mounts.Add((place, source[0] == '/' ? source : bundle + "/" + source));
        }
        if (!HasNamespace(spec, NamespaceKind.User)) return mounts;
        // There device nodes cannot be made: those of the host are bound.
        foreach (string device in DeviceSteps.DefaultPaths) mounts.Add((device, device));
        foreach (DeviceSpec device in spec.Linux?.Devices ?? [])
            if (device.Type != DeviceKind.Fifo)
                mounts.Add((device.Path, device.Path));
        return mounts;
    }

    /// <summary>Masked paths that are files of a running container: each is covered by the null device.</summary>
    public static List<string> MaskedFiles(RuntimeSpec spec, int pid)
    {
        List<string> files = [];
        using FdHandle root = Files.Open($"/proc/{pid}/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        foreach (string path in spec.Linux?.MaskedPaths ?? [])
        {
            string relative = RootfsPaths.Relative(path);
            if (relative.Length == 0 || Files.TryOpenAt2(root.Fd, relative, OpenFlags.O_PATH, ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS, out FdHandle? file) != Errno.None) continue;
            using (file)
                if (Files.TryStatus(file!.Fd, out FileStatus status) == Errno.None && (status.Mode & FileStatus.S_IFMT) == FileStatus.S_IFCHR && status.NodeDevice == Device.Make(1, 3))
                    files.Add("/" + relative);
        }
        return files;
    }

    /// <summary>Makes the places of all mounts in the root file system that are missing: a restore may start from a fresh image.</summary>
    public static void MakePlaces(RuntimeSpec spec, BundleConfiguration bundle)
    {
        using FdHandle root = Files.Open(bundle.Rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        using FdHandle hostProc = HostProc.Open();
        using SyscallPlan plan = new();
        RootfsPaths paths = new(plan, plan.NewSlot(root.Fd), HostProc.HasOpenAt2(hostProc));
        foreach (MountSpec mount in spec.Mounts)
        {
            string place = RootfsPaths.Relative(mount.Destination);
            // What lies in another mount is made there by criu.
            if (place.Length == 0 || Array.Exists(spec.Mounts, other => other != mount && IsBelow(place, RootfsPaths.Relative(other.Destination)))) continue;
            paths.Close(IsFile(mount, bundle.Directory) ? paths.OpenOrMakeFile("/" + place) : paths.OpenOrMakeDirectory("/" + place));
        }
        Cloner.RunHere(plan);
    }

    /// <summary>Whether a configuration asks for a namespace of a kind, new or joined.</summary>
    public static bool HasNamespace(RuntimeSpec spec, NamespaceKind kind) => Array.Exists(spec.Linux?.Namespaces ?? [], n => n.Type == kind);

    private static void AddCgroups(List<(string, string)> mounts, string place, Cgroup? cgroup)
    {
        IReadOnlyList<(string Controllers, string Directory)> directories = cgroup?.Directories ?? [];
        if (directories.Count == 0) mounts.Add((place, CgroupMountSteps.HostTree));
        else if (directories is [{ Controllers: "" } single]) mounts.Add((place, single.Directory));
        else
            foreach ((string controllers, string directory) in directories) mounts.Add((place + "/" + CgroupMountSteps.NameOf(controllers), directory));
    }

    private static bool IsFile(MountSpec mount, string bundle)
    {
        MountOptions options = MountOptions.Parse(mount.Options, mount.Type);
        if (!options.IsBind || mount.Source is not { Length: > 0 } source) return false;
        Errno errno = Files.TryStatus(source[0] == '/' ? source : bundle + "/" + source, out FileStatus status);
        if (errno != Errno.None) throw new LinuxException("bind mount", $"{source} on {mount.Destination}", errno);
        return !status.IsDirectory;
    }

    private static bool IsBelow(string path, string above) => above.Length > 0 && path.Length > above.Length && path[above.Length] == '/' && path.StartsWith(above, StringComparison.Ordinal);
}
