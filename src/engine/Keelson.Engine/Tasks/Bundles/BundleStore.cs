using System.Text;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Proc;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tasks.Bundles;

/// <summary>The bundles of all tasks, or of all sandboxes.</summary>
/// <remarks>
/// <code>
/// STATE/io.containerd.runtime.v2.task/NAMESPACE/ID    0700: config.json, rootfs, work, log, shim-binary-path, address, and what the shim adds
/// ROOT/io.containerd.runtime.v2.task/NAMESPACE/ID     0711: what work leads to, for files that are too big for the state directory
/// .../NAMESPACE/.ID.new, .ID.old                      a bundle that is being made or removed
/// </code>
/// A bundle gets its name when it is whole and loses it before anything in it goes, so no crash leaves half of one.
/// </remarks>
internal sealed class BundleStore
{
    /// <summary>The directory of tasks, below those of state and root.</summary>
    public const string TaskName = "io.containerd.runtime.v2.task";

    /// <summary>The directory of sandboxes.</summary>
    public const string SandboxName = "io.containerd.sandbox.controller.v1.shim";

    private const uint OpenMode = 0b111_001_001, ClosedMode = 0b111_000_000, GroupMode = 0b111_001_000, FileMode = 0b110_000_000;
    private const int MountLimit = 1024;
    private readonly string state, root;

    /// <summary>Makes the directories when they are missing, and closes them to others when they were open (CVE-2021-41103).</summary>
    /// <exception cref="LinuxException">One could not be made.</exception>
    public BundleStore(string stateDirectory, string rootDirectory, string name = TaskName)
    {
        state = stateDirectory + "/" + name;
        root = rootDirectory + "/" + name;
        Make(state);
        Make(root);
    }

    /// <summary>Makes a bundle.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="id">The container.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="program">Path of its shim's program.</param>
    /// <exception cref="KeelsonException">AlreadyExists. InvalidArgument: a name is no <see cref="Identifier"/>, or the configuration is no JSON.</exception>
    public TaskBundle Create(string space, string id, ReadOnlySpan<byte> config, string program)
    {
        Identifier.Check("namespace", space);
        Identifier.Check("container", id);
        uint? group = BundleGroup.Of(config);
        string early = $"{state}/{space}/.{id}.new", work = $"{root}/{space}/{id}";
        TaskBundle bundle = new(space, id, $"{state}/{space}/{id}");
        if (Files.TryStatus(bundle.Path, out _, followLink: false) == Errno.None) throw Exists(bundle);
        try
        {
            RemoveTree(early);
            Make($"{state}/{space}");
            Make($"{root}/{space}");
            Make(work);
            Make(early, group is null ? ClosedMode : GroupMode);
            // Who is root in the container's user namespace has to reach its root file system.
            if (group is { } gid) Files.TryChangeOwner(early, uint.MaxValue, gid).ThrowIfError("chown", early);
            Make(early + "/rootfs");
            Files.TrySymlink(work, early + "/work").ThrowIfError("link", early);
            Write(early + "/config.json", config);
            Write(early + "/shim-binary-path", Encoding.UTF8.GetBytes(program));
            Errno errno = Files.TryRename(early, bundle.Path);
            if (errno is Errno.EEXIST or Errno.ENOTEMPTY) throw Exists(bundle);
            errno.ThrowIfError("rename", early);
            return bundle;
        }
        catch
        {
            RemoveTree(early);
            throw;
        }
    }

    /// <summary>Makes the fifo that a shim logs to.</summary>
    public static void MakeLog(TaskBundle bundle)
    {
        string path = bundle.Path + "/log";
        Errno errno = Files.TryMakeNode(path, FileStatus.S_IFIFO | FileMode);
        if (errno != Errno.EEXIST) errno.ThrowIfError("mkfifo", path);
    }

    /// <summary>Moves the directory of a checkpoint to the task that goes on from it.</summary>
    /// <returns>Where it is then.</returns>
    /// <exception cref="LinuxException">EXDEV: it lies on another file system.</exception>
    public string TakeCheckpoint(TaskBundle bundle, string directory)
    {
        string target = $"{root}/{bundle.Space}/{bundle.Id}/checkpoint";
        Files.TryRename(directory, target).ThrowIfError("rename", directory);
        return target;
    }

    /// <summary>Unmounts what is mounted in a bundle and removes it; nothing is done when it is gone.</summary>
    /// <exception cref="KeelsonException">Something could not be unmounted or removed; what is mounted is never touched.</exception>
    public void Remove(TaskBundle bundle)
    {
        Unmount(bundle);
        if (bundle.Link is { Length: > 0 } link) _ = Files.TryUnlink(link);
        string late = $"{state}/{bundle.Space}/.{bundle.Id}.old";
        RemoveTree(late);
        Errno errno = Files.TryRename(bundle.Path, late);
        if (errno != Errno.ENOENT) errno.ThrowIfError("rename", bundle.Path);
        RemoveTree(late);
        RemoveTree($"{root}/{bundle.Space}/{bundle.Id}");
    }

    /// <summary>The bundles that are there, with their directories closed again; what is left of others is removed.</summary>
    /// <param name="failed">Hears what could not be removed.</param>
    public List<TaskBundle> Scan(Action<string, Exception> failed)
    {
        List<TaskBundle> found = [];
        foreach (string space in Children(state))
        {
            Make($"{state}/{space}");
            foreach (string id in Children($"{state}/{space}"))
            {
                string path = $"{state}/{space}/{id}";
                if (!Identifier.IsValid(id)) Try(failed, path, () => RemoveTree(path));
                else
                {
                    Close(path);
                    found.Add(new(space, id, path));
                }
            }
        }
        foreach (string space in Children(root))
            foreach (string id in Children($"{root}/{space}"))
                if (!found.Contains(new(space, id, $"{state}/{space}/{id}")))
                    Try(failed, id, () => RemoveTree($"{root}/{space}/{id}"));
        return found;
    }

    private static void Try(Action<string, Exception> failed, string what, Action remove)
    {
        try
        {
            remove();
        }
        catch (Exception e) when (e is KeelsonException or IOException or UnauthorizedAccessException)
        {
            failed("remove what is left of " + what, e);
        }
    }

    /// <summary>Unmounts the root file system and, if something is left, all else below the bundle, the last mount first.</summary>
    private static void Unmount(TaskBundle bundle)
    {
        Detach(bundle.Rootfs);
        Errno errno = Files.TryRemoveDirectory(bundle.Rootfs);
        if (errno is Errno.None or Errno.ENOENT) return;
        List<string> points = [];
        MountInfo mounts = new(MountInfo.ReadSelf().Span);
        while (mounts.TryNext(out MountInfoLine line))
            if (MountInfo.UnescapeText(line.MountPoint) is { } point && point.StartsWith(bundle.Path + "/", StringComparison.Ordinal))
                points.Add(point);
        points.Reverse();
        foreach (string point in points) Detach(point);
    }

    private static void Detach(string point)
    {
        for (int i = 0; i < MountLimit; i++)
        {
            Errno errno = Mounts.TryUnmount(point, UnmountFlags.MNT_DETACH | UnmountFlags.UMOUNT_NOFOLLOW);
            // EINVAL: nothing is mounted there any more.
            if (errno is Errno.EINVAL or Errno.ENOENT) return;
            errno.ThrowIfError("umount", point);
        }
        throw new KeelsonException(ErrorKind.FailedPrecondition, $"umount {point}: more than {MountLimit} mounts lie upon each other");
    }

    private static void RemoveTree(string path)
    {
        if (Files.TryStatus(path, out _, followLink: false) == Errno.ENOENT) return;
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else removed it: it is gone, as wanted.
        }
    }

    private static List<string> Children(string directory)
    {
        Directories.TryListDirectories(directory, out List<string> names).ThrowIfError("list", directory);
        return names;
    }

    private static void Make(string path, uint mode = OpenMode)
    {
        Errno errno = Files.TryMakeDirectory(path, mode);
        if (errno == Errno.ENOENT) errno = Files.TryMakeDirectories(path, mode);
        if (errno != Errno.EEXIST) errno.ThrowIfError("mkdir", path);
        Files.TryChangeMode(path, mode).ThrowIfError("chmod", path);
    }

    private static void Close(string path)
    {
        Files.TryStatus(path, out FileStatus status, followLink: false).ThrowIfError("stat", path);
        uint wanted = status.Gid == 0 ? ClosedMode : GroupMode;
        if ((status.Mode & 0xfff) != wanted) Files.TryChangeMode(path, wanted).ThrowIfError("chmod", path);
    }

    private static void Write(string path, ReadOnlySpan<byte> text) =>
        Files.WriteFile(path, text, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, FileMode);

    private static KeelsonException Exists(TaskBundle bundle) => new(ErrorKind.AlreadyExists, $"task {bundle.Id}: already exists: its bundle {bundle.Path} is there");
}
