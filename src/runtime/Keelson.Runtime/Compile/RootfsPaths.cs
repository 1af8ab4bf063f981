using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>
/// Steps that open and make paths of the container without ever leaving its root, whatever links the image or a racing process puts there.
/// </summary>
/// <remarks>
/// Each look-up starts at a descriptor of the root and takes it for "/" (openat2(2) RESOLVE_IN_ROOT), and does not follow links of procfs
/// that lead to open files. What is found is used through its descriptor alone, so a name that changes afterwards changes nothing.
/// Where openat2 is forbidden, paths are walked component by component and a symbolic link in them is refused.
/// </remarks>
internal sealed class RootfsPaths(SyscallPlan plan, Slot root, bool hasOpenAt2)
{
    private const int DirectoryMode = 0b111_101_101, FileMode = 0b110_100_100;
    private readonly nint empty = plan.Text("");
    private readonly Dictionary<(OpenFlags, ResolveFlags, uint), nint> hows = [];

    /// <summary>The directory that all paths start from.</summary>
    public Slot Root => root;

    /// <summary>Opens what is at a path.</summary>
    /// <param name="path">Absolute in the container.</param>
    /// <param name="flags">O_PATH by default.</param>
    /// <param name="noFollow">A symbolic link in any component is an error.</param>
    /// <param name="mayBeMissing">ENOENT and ENOTDIR are no errors: the slot is then negative.</param>
    public Slot Open(string path, OpenFlags flags = OpenFlags.O_PATH, bool noFollow = false, bool mayBeMissing = false)
    {
        Slot fd = plan.NewSlot();
        string relative = Relative(path);
        if (relative.Length == 0)
        {
            plan.Call("open", path, Syscall.openat, root, plan.Text("."), (int)(flags | OpenFlags.O_CLOEXEC)).Into(fd);
            return fd;
        }
        if (!hasOpenAt2)
        {
            Walk(path, relative, fd, flags, missing: mayBeMissing ? Missing.Accept : Missing.Fail);
            return fd;
        }
        StepBuilder step = OpenAt2(path, root, relative, fd, flags, noFollow);
        if (mayBeMissing) step.Accept(Errno.ENOENT, Errno.ENOTDIR);
        return fd;
    }

    /// <summary>Whether <see cref="TryOpen"/> can be used: only openat2(2) says by itself that a path leads elsewhere.</summary>
    public bool MayTry => hasOpenAt2;

    /// <summary>Opens what is at a path; the slot is negative when that cannot be, for whatever reason.</summary>
    /// <param name="path">Absolute in the container, and not its root.</param>
    /// <param name="flags">How it is opened.</param>
    public Slot TryOpen(string path, OpenFlags flags)
    {
        Slot fd = plan.NewSlot();
        OpenAt2(path, root, Relative(path), fd, flags, noFollow: false).AcceptAll();
        return fd;
    }

    /// <summary>Opens what is at a path, a symbolic link itself if the last component is one.</summary>
    public Slot OpenLast(string path)
    {
        (string directory, string name) = Split(path);
        Slot parent = Open(directory), fd = plan.NewSlot();
        plan.Call("open", path, Syscall.openat, parent, plan.Text(name), (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(fd);
        Close(parent);
        return fd;
    }

    /// <summary>Opens a directory and makes it, and those above it, when it is missing.</summary>
    public Slot OpenOrMakeDirectory(string path, bool noFollow = false, int mode = DirectoryMode) => OpenOrMake(path, isDirectory: true, noFollow, mode);

    /// <summary>Opens a file and makes it, and the directories above it, when it is missing.</summary>
    public Slot OpenOrMakeFile(string path, bool noFollow = false) => OpenOrMake(path, isDirectory: false, noFollow, FileMode);

    /// <summary>Closes the descriptor in a slot, unless the slot holds an error.</summary>
    public void Close(Slot fd) => plan.Call("close", null, Syscall.close, fd).AcceptAll();

    /// <summary>Splits a path into the directory above and the last component.</summary>
    public static (string Directory, string Name) Split(string path)
    {
        string clean = "/" + Relative(path);
        int cut = clean.LastIndexOf('/');
        return (cut == 0 ? "/" : clean[..cut], clean[(cut + 1)..]);
    }

    /// <summary>The path without its leading slash, empty components and dots; ".." goes up by text, and not above the root.</summary>
    public static string Relative(string path)
    {
        bool clean = path.Length > 1 && path[0] == '/' && path[^1] != '/' && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal);
        if (clean) return path[1..];
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part.Length == 0 || part == ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }

    private Slot OpenOrMake(string path, bool isDirectory, bool noFollow, int mode)
    {
        string relative = Relative(path);
        if (relative.Length == 0) return Open(path);
        Slot fd = plan.NewSlot();
        if (!hasOpenAt2)
        {
            Walk(path, relative, fd, OpenFlags.O_PATH, isDirectory ? Missing.MakeDirectory : Missing.MakeFile, mode);
            return fd;
        }
        OpenAt2(path, root, relative, fd, OpenFlags.O_PATH, noFollow).Accept(Errno.ENOENT);
        int found = plan.JumpUnless(fd, -(long)Errno.ENOENT);

        Slot parent = plan.NewSlot();
        plan.Call("dup", null, Syscall.fcntl, root, 1030, 0).Into(parent);
        for (int start = 0; ;)
        {
            int end = relative.IndexOf('/', start);
            bool last = end < 0;
            if (last) end = relative.Length;
            string name = relative[start..end], prefix = relative[..end], above = "/" + prefix;
            if (last) Make(path, parent, name, fd, isDirectory, mode);
            else
            {
                Slot next = plan.NewSlot();
                OpenAt2(above, root, prefix, next, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, noFollow).Accept(Errno.ENOENT);
                int there = plan.JumpUnless(next, -(long)Errno.ENOENT);
                Make(above, parent, name, next, isDirectory: true, DirectoryMode);
                plan.Land(there);
                Close(parent);
                parent = next;
            }
            if (last) break;
            start = end + 1;
        }
        Close(parent);
        plan.Land(found);
        return fd;
    }

    /// <summary>Makes one name in an open directory and opens what was made; a link that appears there in between is refused.</summary>
    private void Make(string path, Slot parent, string name, Slot fd, bool isDirectory, int mode)
    {
        if (isDirectory)
        {
            plan.Call("mkdir", path, Syscall.mkdirat, parent, plan.Text(name), mode).Accept(Errno.EEXIST);
            plan.Call("open", path, Syscall.openat, parent, plan.Text(name), (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(fd);
            return;
        }
        plan.Call("create", path, Syscall.mknodat, parent, plan.Text(name), (int)(FileStatus.S_IFREG | (uint)mode), 0).Accept(Errno.EEXIST);
        plan.Call("open", path, Syscall.openat, parent, plan.Text(name), (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(fd);
        RefuseLink(path, fd);
    }

    private enum Missing
    {
        Fail,
        Accept,
        MakeDirectory,
        MakeFile,
    }

    private void Walk(string path, string relative, Slot fd, OpenFlags flags, Missing missing, int mode = DirectoryMode)
    {
        string[] parts = relative.Split('/');
        List<int> misses = [];
        Slot parent = plan.NewSlot();
        plan.Call("dup", null, Syscall.fcntl, root, 1030, 0).Into(parent);
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            Slot next = last ? fd : plan.NewSlot();
            // Opened as a place first, so that a fifo or device is not opened before it is known to be no link.
            StepBuilder step = plan.Call("open", path, Syscall.openat, parent, plan.Text(parts[i]), (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(next);
            if (missing == Missing.Accept)
            {
                step.Accept(Errno.ENOENT, Errno.ENOTDIR);
                misses.Add(plan.JumpIf(next, -(long)Errno.ENOENT));
                misses.Add(plan.JumpIf(next, -(long)Errno.ENOTDIR));
            }
            else if (missing != Missing.Fail)
            {
                step.Accept(Errno.ENOENT);
                int there = plan.JumpUnless(next, -(long)Errno.ENOENT);
                Make(path, parent, parts[i], next, !last || missing == Missing.MakeDirectory, last ? mode : DirectoryMode);
                plan.Land(there);
            }
            RefuseLink(path, next);
            if (last && (flags & OpenFlags.O_PATH) == 0)
                plan.Call("open", path, Syscall.openat, parent, plan.Text(parts[i]), (int)(flags | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(fd);
            Close(parent);
            parent = next;
        }
        if (misses.Count == 0) return;
        int done = plan.JumpAlways();
        foreach (int miss in misses) plan.Land(miss);
        plan.Assign(fd, -(long)Errno.ENOENT);
        Close(parent);
        plan.Land(done);
    }

    private void RefuseLink(string path, Slot fd)
    {
        nint status = plan.Allocate(144);
        plan.Call("fstat", path, Syscall.newfstatat, fd, empty, status, 0x1000);
        int plain = plan.JumpUnlessMemory(status + 24, FileStatus.S_IFLNK, FileStatus.S_IFMT);
        plan.Fail("open", path, (int)Errno.ELOOP);
        plan.Land(plain);
    }

    private StepBuilder OpenAt2(string path, Slot directory, string relative, Slot fd, OpenFlags flags, bool noFollow)
    {
        ResolveFlags resolve = ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS | (noFollow ? ResolveFlags.RESOLVE_NO_SYMLINKS : 0);
        if (!hows.TryGetValue((flags, resolve, 0), out nint how))
        {
            how = plan.Value(new OpenHow { Flags = (ulong)(flags | OpenFlags.O_CLOEXEC), Resolve = (ulong)resolve });
            hows.Add((flags, resolve, 0), how);
        }
        return plan.Call("open", path, Syscall.openat2, directory, plan.Text(relative), how, 24).Into(fd).Retry();
    }
}
