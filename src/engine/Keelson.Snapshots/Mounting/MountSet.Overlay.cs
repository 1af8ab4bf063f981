using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Snapshots;

public static partial class MountSet
{
    private const string LayerKey = "lowerdir+";
    private const ulong MS_RDONLY = 1;

    /// <summary>Overlayfs takes its layers one by one since Linux 6.5; before that all in one string, which is at most a page.</summary>
    private static FdHandle Overlay(Mount mount, MountWords words)
    {
        if (!ReadsOptions.Value) return OverlayBefore65(mount, words);
        using FileSystemContext context = Begin(mount.Type);
        using LayerPaths paths = new(words.Owners);
        Check(context.TrySet("source", mount.Source.Length > 0 ? mount.Source : mount.Type), context, mount.ToString());
        foreach ((string key, string? value) in words.Parameters)
            Check(value is null ? context.TrySet(key) : context.TrySet(key, paths.Plain(key, value)), context, $"overlay with {key}");
        for (int i = 0; i < words.Layers.Length; i++)
        {
            Errno errno = context.TrySet(LayerKey, paths.Layer(words.Layers[i]));
            if (errno == Errno.EINVAL && i == 0) return OverlayBefore65(mount, words);
            Check(errno, context, $"overlay with layer {words.Layers[i]}");
        }
        return Finish(context, words, $"overlay of {words.Layers.Length} layers, the highest {words.Layers[0]}");
    }

    /// <summary>Whether overlayfs refuses what it does not know when it is told. Before Linux 6.5 it takes every word, and says EINVAL when it is mounted.</summary>
    private static readonly Lazy<bool> ReadsOptions = new(() =>
    {
        using FileSystemContext context = Begin("overlay");
        return context.TrySet("keelson-asks") != Errno.None;
        // A question that could not be put, for want of descriptors, is put again.
    }, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>As <see cref="Overlay"/> with mount(2): directories as <c>/proc/self/fd/N</c>, so that more than 200 layers fit into the page.</summary>
    internal static FdHandle OverlayBefore65(Mount mount, MountWords words)
    {
        if (words.Owners is not null) throw new KeelsonException(ErrorKind.Unsupported, "mount an overlay with mapped owners: needs Linux 6.5");
        using LayerPaths paths = new(null) { AreShort = true };
        StringBuilder options = new();
        foreach ((string key, string? value) in words.Parameters) options.Append(key).Append(value is null ? "" : "=" + paths.Plain(key, value)).Append(',');
        options.Append("lowerdir=").AppendJoin(':', words.Layers.Select(paths.Layer));
        if (Encoding.UTF8.GetByteCount(options.ToString()) >= Mounts.OptionsLimitBytes)
            throw new KeelsonException(ErrorKind.Unsupported, $"mount an overlay of {words.Layers.Length} layers: that many need Linux 6.5");
        string place = Directory.CreateTempSubdirectory("keelson-mount-").FullName;
        try
        {
            ulong flags = (words.Set & MountAttributeFlags.MOUNT_ATTR_RDONLY) != 0 ? MS_RDONLY : 0;
            Mounts.TryMount(mount.Source, place, mount.Type, flags, options.ToString()).ThrowIfError("mount", $"overlay of {words.Layers.Length} layers, the highest {words.Layers[0]}");
            try
            {
                Mounts.TryOpenTree(Files.AT_FDCWD, place, OpenTreeFlags.OPEN_TREE_CLONE, out FdHandle? tree).ThrowIfError("open tree", place);
                SetAttributes(tree!, words.Set, words.Clear, words.Propagation, false, place);
                return tree!;
            }
            finally
            {
                Mounts.TryUnmount(place, UnmountFlags.MNT_DETACH).ThrowIfError("umount", place);
            }
        }
        finally
        {
            Directory.Delete(place);
        }
    }

    /// <summary>Whether overlays can be made of layers with mapped owners in a directory; needs a file system that maps, and Linux 6.15.</summary>
    /// <param name="directory">An existing directory; two are made in it and removed.</param>
    internal static bool CanMapLayers(string directory)
    {
        string one = directory + "/one", two = directory + "/two";
        Directory.CreateDirectory(one);
        Directory.CreateDirectory(two);
        try
        {
            using FdHandle overlay = MakeDetached(new("overlay", "overlay", ["uidmap=0:100000:65536", "gidmap=0:100000:65536", $"lowerdir={one}:{two}"]));
            return Files.TryStatus(overlay.Fd, out FileStatus status) == Errno.None && status.Uid == 100000;
        }
        catch (KeelsonException)
        {
            // Whatever the kernel says to it: such snapshots are made by copying then.
            return false;
        }
        finally
        {
            Directory.Delete(one);
            Directory.Delete(two);
        }
    }

    /// <summary>The paths that overlayfs is told, and the descriptors that some of them lead through.</summary>
    private sealed class LayerPaths(OwnerMap? owners) : IDisposable
    {
        private readonly List<FdHandle> opened = [];
        private readonly FdHandle? space = owners is null ? null : MakeNamespace(owners);

        /// <summary>All paths are short ones.</summary>
        public bool AreShort { get; init; }

        /// <summary>A value of another option: only directories are made shorter.</summary>
        public string Plain(string key, string value) => key is "upperdir" or "workdir" ? Fit(value) : value;

        /// <summary>A lower directory, its owners mapped.</summary>
        public string Layer(string path)
        {
            if (space is null) return Fit(path);
            Mounts.TryOpenTree(Files.AT_FDCWD, path, OpenTreeFlags.OPEN_TREE_CLONE, out FdHandle? tree).ThrowIfError("open tree", path);
            opened.Add(tree!);
            MapOwners(tree!, space, false, path);
            return tree!.ProcPath;
        }

        public void Dispose()
        {
            foreach (FdHandle handle in opened) handle.Dispose();
            space?.Dispose();
        }

        private string Fit(string path)
        {
            if (!AreShort && Encoding.UTF8.GetByteCount(path) <= FileSystemContext.ValueLimitBytes) return path;
            FdHandle handle = Files.Open(path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
            opened.Add(handle);
            return handle.ProcPath;
        }
    }
}
