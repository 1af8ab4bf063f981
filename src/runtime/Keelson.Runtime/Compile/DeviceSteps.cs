using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that make device nodes, the standard links of <c>/dev</c>, and the console.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Default Devices", "Devices"; runtime-linux "Dev symbolic links".</remarks>
internal sealed class DeviceSteps(StartRequest request, SyscallPlan plan, RootfsPaths paths, MountSteps mounts)
{
    private const int AT_SYMLINK_NOFOLLOW = 0x100;

    private static ReadOnlySpan<(string Path, uint Major, uint Minor)> Defaults =>
        new (string, uint, uint)[] { ("/dev/null", 1, 3), ("/dev/zero", 1, 5), ("/dev/full", 1, 7), ("/dev/random", 1, 8), ("/dev/urandom", 1, 9), ("/dev/tty", 5, 0) };

    /// <summary>Paths of the devices that every container has.</summary>
    public static IEnumerable<string> DefaultPaths
    {
        get
        {
            for (int i = 0; i < Defaults.Length; i++) yield return Defaults[i].Path;
        }
    }

    /// <summary>Makes the nodes and links. The root's <c>/dev</c> must not be a symbolic link.</summary>
    public void Make()
    {
        Slot dev = paths.OpenOrMakeDirectory("/dev", noFollow: true);
        foreach ((string path, uint major, uint minor) in Defaults)
            if (!Array.Exists(request.Spec.Linux?.Devices ?? [], d => d.Path == path))
                Node(dev, "/dev", path[5..], path, FileStatus.S_IFCHR, major, minor, 0b110_110_110, 0, 0);

        foreach (DeviceSpec device in request.Spec.Linux?.Devices ?? [])
        {
            (string directory, string name) = RootfsPaths.Split(device.Path);
            Slot parent = directory == "/dev" ? dev : paths.OpenOrMakeDirectory(directory);
            uint type = device.Type switch { DeviceKind.Block => FileStatus.S_IFBLK, DeviceKind.Fifo => FileStatus.S_IFIFO, _ => FileStatus.S_IFCHR };
            Node(parent, directory, name, device.Path, type, (uint)(device.Major ?? 0), (uint)(device.Minor ?? 0), device.FileMode ?? 0b110_110_110, device.Uid ?? 0, device.Gid ?? 0);
            if (directory != "/dev") paths.Close(parent);
        }

        Link(dev, "/proc/self/fd", "fd");
        Link(dev, "/proc/self/fd/0", "stdin");
        Link(dev, "/proc/self/fd/1", "stdout");
        Link(dev, "/proc/self/fd/2", "stderr");
        if (Files.TryStatus("/proc/kcore", out _) == Errno.None) Link(dev, "/proc/kcore", "core");
        // The node that the image may bring would lead to the host's terminals.
        plan.Call("unlink", "/dev/ptmx", Syscall.unlinkat, dev, plan.Text("ptmx"), 0).AcceptAll();
        Link(dev, "pts/ptmx", "ptmx");
        paths.Close(dev);
    }

    /// <summary>Opens a pseudo-terminal of the container, sends its master away and binds its slave to <c>/dev/console</c>.</summary>
    /// <param name="bindConsole">Whether <c>/dev/console</c> is made; an exec'd process gets none.</param>
    /// <param name="size">Rows and columns; unset for the kernel's default.</param>
    /// <returns>The slave, still to become the controlling terminal.</returns>
    public Slot OpenConsole(ConsoleSize? size, bool bindConsole)
    {
        Slot master = paths.Open("/dev/pts/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
        return ConsoleSteps.Open(plan, master, request.ConsoleSocket!.Fd, size, slave =>
        {
            if (!bindConsole) return;
            nint empty = plan.Text("");
            Slot tree = plan.NewSlot();
            plan.Call("open_tree", "console", Syscall.open_tree, slave, empty, (int)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.AT_EMPTY_PATH | OpenTreeFlags.OPEN_TREE_CLOEXEC)).Into(tree);
            Slot target = paths.OpenOrMakeFile("/dev/console", noFollow: true);
            mounts.Move(tree, target, "/dev/console");
            paths.Close(target);
            paths.Close(tree);
        });
    }

    private void Link(Slot dev, string target, string name) =>
        plan.Call("symlink", "/dev/" + name, Syscall.symlinkat, plan.Text(target), dev, plan.Text(name)).Accept(Errno.EEXIST);

    private void Node(Slot directory, string directoryPath, string name, string path, uint type, uint major, uint minor, uint mode, uint uid, uint gid)
    {
        nint text = plan.Text(name);
        if (request.BindsDevices && type != FileStatus.S_IFIFO)
        {
            Bind(path);
            return;
        }
        Slot made = plan.NewSlot();
        ulong device = type == FileStatus.S_IFIFO ? 0 : Device.Make(major, minor);
        plan.Call("mknod", path, Syscall.mknodat, directory, text, (int)(type | mode), (long)device).Accept(Errno.EEXIST).Into(made);
        int fresh = plan.JumpIf(made, 0);
        nint status = plan.Allocate(144);
        plan.Call("stat", path, Syscall.newfstatat, directory, text, status, AT_SYMLINK_NOFOLLOW);
        plan.Expect("mknod", path, status + 24, type, FileStatus.S_IFMT, Errno.EEXIST);
        if (type != FileStatus.S_IFIFO) plan.Expect("mknod", path, status + 40, (long)device, -1, Errno.EEXIST);
        plan.Land(fresh);
        if (uid != 0 || gid != 0) plan.Call("chown", path, Syscall.fchownat, directory, text, uid, gid, AT_SYMLINK_NOFOLLOW);
    }

    /// <summary>In a user namespace nodes cannot be made: the host's is bound instead.</summary>
    private void Bind(string path)
    {
        Slot tree = plan.NewSlot();
        plan.Call("open_tree", path, Syscall.open_tree, Files.AT_FDCWD, plan.Text(path), (int)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC)).Into(tree);
        Slot target = paths.OpenOrMakeFile(path, noFollow: true);
        mounts.Move(tree, target, path);
        paths.Close(target);
        paths.Close(tree);
    }
}
