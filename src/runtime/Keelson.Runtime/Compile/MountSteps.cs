using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that make the configured mounts as detached trees and attach them inside the container's root.</summary>
/// <remarks>
/// <code>
///   bind          open_tree(CLONE) of the source ─┐
///   file system   fsopen, fsconfig…, fsmount ─────┼─ mount_setattr ─ move_mount onto the open mount point
///   cgroup        open_tree(CLONE) per hierarchy ─┘
/// </code>
/// Nothing of the container can see or change a tree before its attributes are set.
/// </remarks>
internal sealed class MountSteps(StartRequest request, SyscallPlan prologue, SyscallPlan plan, RootfsPaths paths)
{
    private const int FSCONFIG_SET_FLAG = 0, FSCONFIG_SET_STRING = 1, FSCONFIG_CMD_CREATE = 6;
    private const string Mqueue = "mqueue";
    private const int AT_EMPTY_PATH = 0x1000, AT_RECURSIVE = 0x8000, MOVE_MOUNT_BOTH_EMPTY = 0x44;
    private readonly nint empty = plan.Text("");
    private readonly List<PreparedMount> prepared = [];
    private readonly List<(Slot Tree, string Path)> readOnlyAtEnd = [];
    private readonly MountRules rules = new(plan);

    private sealed record PreparedMount(MountSpec Spec, MountOptions Options, string Destination, bool IsFile, Slot Tree, string? Link);

    /// <summary>Sorts the mounts and opens what bind mounts take from the host.</summary>
    /// <param name="where">The child's plan, or the prologue that the parent plays when only it can reach the sources.</param>
    /// <param name="specs">The mounts.</param>
    /// <exception cref="KeelsonException">A source does not exist, or options contradict each other.</exception>
    public void PrepareBinds(SyscallPlan where, MountSpec[] specs)
    {
        foreach (MountSpec spec in specs)
        {
            MountOptions options = MountOptions.Parse(spec.Options, spec.Type);
            string destination = spec.Destination.StartsWith('/') ? spec.Destination : "/" + spec.Destination;
            if (!options.IsBind || options.IsRemount)
            {
                prepared.Add(new PreparedMount(spec, options, destination, IsFile: false, Slot.None, Link: null));
                continue;
            }
            string source = spec.Source is { Length: > 0 } text ? text : throw new KeelsonException(ErrorKind.InvalidArgument, $"bind mount on {destination}: the source is empty");
            if (source[0] != '/') source = request.Bundle + "/" + source;
            bool noFollow = options.SourceNoFollow || options.CopySymlink;
            if (RootfsPaths.Relative(destination) == "proc") RequireProc(source, destination);
            Errno errno = Files.TryStatus(source, out FileStatus status, followLink: !noFollow);
            if (errno != Errno.None) throw new LinuxException("bind mount", $"{source} on {destination}", errno);
            if (options.CopySymlink && status.IsSymbolicLink)
            {
                Files.TryReadLink(source, out string link).ThrowIfError("readlink", source);
                prepared.Add(new PreparedMount(spec, options, destination, IsFile: false, Slot.None, link));
                continue;
            }
            SyscallPlan owner = where;
            if (options.IsIdMapped || spec.UidMappings.Length > 0)
            {
                // Only who owns the host's mounts may map their owners.
                if (!request.IsPrivileged) throw new KeelsonException(ErrorKind.PermissionDenied, $"bind mount {source} on {destination}: mapping its owners takes the rights of root");
                where = prologue;
            }
            Slot tree = where.NewSlot();
            OpenTreeFlags flags = OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC;
            if (options.IsRecursiveBind) flags |= OpenTreeFlags.AT_RECURSIVE;
            if (noFollow) flags |= OpenTreeFlags.AT_SYMLINK_NOFOLLOW;
            where.Call("open_tree", source, Syscall.open_tree, Files.AT_FDCWD, where.Text(source), (int)flags).Into(tree);
            if (!ReferenceEquals(where, plan))
            {
                nint emptyPath = where.Text("");
                // Taken in the parent, the copy is still a peer of the host's mount; the child's namespace would have made it a slave.
                SetAttributes(where, emptyPath, tree, source, new MountAttributes { Propagation = MountPropagation.MS_SLAVE }, recursive: true);
            }
            if (!ReferenceEquals(where, plan) && (options.IsIdMapped || spec.UidMappings.Length > 0)) MapOwners(where, spec, options, tree, destination);
            prepared.Add(new PreparedMount(spec, options, destination, !status.IsDirectory, tree, Link: null));
            where = owner;
        }
    }

    /// <summary>A bind mount on <c>/proc</c> has to be of a procfs.</summary>
    private static void RequireProc(string source, string destination)
    {
        Errno errno = Files.TryFileSystem(source, out long magic);
        if (errno != Errno.None || magic != FileSystemMagic.PROC_SUPER_MAGIC)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"bind mount {source} on {destination}: it is not procfs");
    }

    /// <summary>Maps the owners of files with the mount's own mappings, or with those of the container's user namespace.</summary>
    private void MapOwners(SyscallPlan where, MountSpec spec, MountOptions options, Slot tree, string destination)
    {
        LinuxSpec? linux = request.Spec.Linux;
        IdMapping[] uids = spec.UidMappings.Length > 0 ? spec.UidMappings : linux?.UidMappings ?? [], gids = spec.GidMappings.Length > 0 ? spec.GidMappings : linux?.GidMappings ?? [];
        if (uids.Length == 0 || gids.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"bind mount on {destination}: option idmap needs mappings, of the mount or of the container");
        FdHandle userNamespace = request.Preparation.Hold(UserNamespaceFactory.Make(uids, gids));
        MountAttributes attributes = new() { Set = MountAttributeFlags.MOUNT_ATTR_IDMAP, UserNamespaceFd = (ulong)userNamespace.Fd };
        SetAttributes(where, where.Text(""), tree, destination, attributes, options.IsRecursiveIdMap);
    }

    /// <summary>Attaches all mounts in the configuration's order.</summary>
    /// <param name="afterDev">Called when <c>/dev</c> is there, so that devices come before mounts below it.</param>
    /// <param name="isRunning">Whether the container runs: its procfs is there already.</param>
    public void Attach(Action afterDev, bool isRunning = false)
    {
        if (isRunning)
        {
            Slot proc = paths.Open("/proc", noFollow: true, mayBeMissing: true);
            rules.RememberProc(proc, mayBeMissing: true);
            paths.Close(proc);
        }
        int dev = prepared.FindIndex(m => RootfsPaths.Relative(m.Destination) == "dev");
        if (dev < 0) afterDev();
        for (int i = 0; i < prepared.Count; i++)
        {
            AttachOne(prepared[i]);
            if (i == dev) afterDev();
        }
    }

    /// <summary>Whether <c>/dev</c> comes from the host; devices and links are then the host's business.</summary>
    public bool HasBoundDev => prepared.Exists(m => m.Options.IsBind && RootfsPaths.Relative(m.Destination) == "dev");

    /// <summary>Makes mounts read-only that had to stay writable while their mount points were made.</summary>
    public void SealReadOnly()
    {
        foreach ((Slot tree, string path) in readOnlyAtEnd)
            SetAttributes(plan, empty, tree, path, new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY }, recursive: false);
    }

    /// <summary>Adds a new file system, with the SELinux label of the configuration, and returns its detached mount.</summary>
    public Slot NewFileSystem(string type, string? source, IReadOnlyList<string>? data, MountAttributeFlags attributes, string destination)
    {
        Slot context = plan.NewSlot(), tree = plan.NewSlot();
        plan.Call("mount " + type + " on", destination, Syscall.fsopen, plan.Text(type), 1).Into(context);
        if (!string.IsNullOrEmpty(source))
            plan.Call("set source of " + type + " on", destination, Syscall.fsconfig, context, FSCONFIG_SET_STRING, plan.Text("source"), plan.Text(source), 0);
        if (ContextOf(type) is { } label) data = [.. data ?? [], "context=" + label];
        if (data is not null)
        {
            foreach (string item in data)
            {
                int equals = item.IndexOf('=');
                string key = equals < 0 ? item : item[..equals];
                plan.Call("set option " + item + " of " + type + " on", destination, Syscall.fsconfig, context, equals < 0 ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING,
                    plan.Text(key), equals < 0 ? 0 : plan.Text(item[(equals + 1)..]), 0);
            }
        }
        plan.Call("mount " + type + " on", destination, Syscall.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
        plan.Call("mount " + type + " on", destination, Syscall.fsmount, context, 1, (long)attributes).Into(tree);
        paths.Close(context);
        return tree;
    }

    /// <summary>Attaches a detached mount to an open place.</summary>
    public void Move(Slot tree, Slot target, string destination) =>
        plan.Call("mount on", destination, Syscall.move_mount, tree, empty, target, empty, MOVE_MOUNT_BOTH_EMPTY);

    /// <summary>Changes attributes of a mount.</summary>
    public void SetAttributes(Slot mount, string path, in MountAttributes attributes, bool recursive = false) => SetAttributes(plan, empty, mount, path, attributes, recursive);

    private static void SetAttributes(SyscallPlan where, nint emptyPath, Slot mount, string path, in MountAttributes attributes, bool recursive)
    {
        int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
        if ((attributes.Clear & MountAttributeFlags.MOUNT_ATTR__ATIME) == 0)
        {
            where.Call("set attributes of mount", path, Syscall.mount_setattr, mount, emptyPath, flags, where.Value(attributes), 32);
            return;
        }
        // In a user namespace the access times of the host's mounts are locked as they are. They protect nobody: all else is set then.
        Slot result = where.NewSlot();
        where.Call("set attributes of mount", path, Syscall.mount_setattr, mount, emptyPath, flags, where.Value(attributes), 32).Into(result).Accept(Errno.EPERM);
        int done = where.JumpUnless(result, -(long)Errno.EPERM);
        MountAttributes others = attributes;
        others.Set &= ~MountAttributeFlags.MOUNT_ATTR__ATIME;
        others.Clear &= ~MountAttributeFlags.MOUNT_ATTR__ATIME;
        where.Call("set attributes of mount", path, Syscall.mount_setattr, mount, emptyPath, flags, where.Value(others), 32);
        where.Land(done);
    }

    private void AttachOne(PreparedMount mount)
    {
        MountOptions options = mount.Options;
        string destination = mount.Destination;
        if (mount.Link is not null)
        {
            MakeLink(mount.Link, destination);
            return;
        }
        MountRules.Check(mount.Spec.Type, destination, options.IsBind);
        // A link at /proc or /sys would let the image choose where these land.
        bool noFollow = mount.Spec.Type is "proc" or "sysfs" || RootfsPaths.Relative(destination) is "proc" or "sys";
        Slot target = options.DestinationNoFollow ? paths.OpenLast(destination) : mount.IsFile ? paths.OpenOrMakeFile(destination, noFollow) : paths.OpenOrMakeDirectory(destination, noFollow, TmpfsMode(mount));
        rules.RefuseProc(target, destination);
        if (options.IsRemount)
        {
            SetAttributes(target, destination, options.Attributes, recursive: false);
            paths.Close(target);
            return;
        }
        if (mount.Spec.Type == "cgroup" || mount.Spec.Type == "cgroup2")
        {
            new CgroupMountSteps(request, plan, paths, this).Attach(target, destination, options);
            paths.Close(target);
            return;
        }

        Slot tree = mount.Tree;
        bool keepOpen = false;
        if (options.IsBind)
        {
            if (!options.DestinationNoFollow) RequireSameType(target, destination, mount.IsFile);
            if (options.HasAttributes) SetAttributes(tree, destination, options.Attributes, recursive: ShowsCgroups(mount));
        }
        else
        {
            MountAttributeFlags attributes = options.Attributes.Set;
            keepOpen = options.IsReadOnly && (mount.Spec.Type == "tmpfs" || options.CopyUp);
            if (keepOpen) attributes &= ~MountAttributeFlags.MOUNT_ATTR_RDONLY;
            tree = NewFileSystem(mount.Spec.Type ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"mount on {destination}: no type is given"),
                mount.Spec.Source, options.Data, attributes, destination);
            if (mount.Spec.Type == Mqueue && Label is { } label) LabelRoot(tree, label, destination);
            if (keepOpen) readOnlyAtEnd.Add((tree, destination));
        }
        if (options.HasRecursiveAttributes) SetAttributes(tree, destination, options.RecursiveAttributes, recursive: true);
        if (options.CopyUp) CopyUpSteps.Add(plan, request.Executable, target, tree, destination);
        Move(tree, target, destination);
        if (RootfsPaths.Relative(destination) == "proc") rules.RememberProc(tree, mayBeMissing: false);
        if (options.Propagation is not null)
            foreach ((MountPropagation kind, bool recursive) in options.Propagation)
                SetAttributes(tree, destination, new MountAttributes { Propagation = kind }, recursive);
        paths.Close(target);
        if (!keepOpen) paths.Close(tree);
    }

    /// <summary>
    /// Whether a rootless container gets the host's <c>/sys</c> with all that is below it. Read-only has to hold for the mounts below as well, or the
    /// container could write to its user's cgroups (CVE-2023-25809).
    /// </summary>
    private bool ShowsCgroups(PreparedMount mount) =>
        mount.Options is { IsRecursiveBind: true, IsReadOnly: true } && request.BindsDevices && RootfsPaths.Relative(mount.Spec.Source!) is "sys" or "sys/fs" or "sys/fs/cgroup";

    /// <summary>A directory goes on a directory and a file on a file; the kernel would only say EINVAL.</summary>
    private void RequireSameType(Slot target, string destination, bool isFile)
    {
        nint status = plan.Allocate(144);
        plan.Call("stat", destination, Syscall.newfstatat, target, empty, status, AT_EMPTY_PATH);
        if (!isFile)
        {
            plan.Expect("mount a directory on", destination, status + 24, FileStatus.S_IFDIR, FileStatus.S_IFMT, Errno.ENOTDIR);
            return;
        }
        int plain = plan.JumpUnlessMemory(status + 24, FileStatus.S_IFDIR, FileStatus.S_IFMT);
        plan.Fail("mount a file on", destination, (int)Errno.EISDIR);
        plan.Land(plain);
    }

    /// <summary>The SELinux label of all files of a new file system, where one is asked for and can be an option. procfs, sysfs and control groups keep theirs. selinux(8), mount(8) "context".</summary>
    private string? ContextOf(string type) => type is "proc" or "sysfs" or "cgroup" or "cgroup2" or Mqueue ? null : Label;

    private string? Label => request.Spec.Linux?.MountLabel is { Length: > 0 } label ? label : null;

    /// <summary>Labels the root of a mount. The namespace has its mqueue already, which takes no options any more.</summary>
    private void LabelRoot(Slot tree, string label, string destination)
    {
        Slot root = plan.NewSlot();
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(label);
        plan.Call("open", destination, Syscall.openat, tree, plan.Text("."), (int)(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(root);
        plan.Call("set label '" + label + "' of", destination, Syscall.fsetxattr, root, plan.Text("security.selinux"), plan.Bytes(bytes), bytes.Length, 0);
        paths.Close(root);
    }

    private static int TmpfsMode(PreparedMount mount) => mount.Spec.Type == "tmpfs" && mount.Options.Data?.Contains("mode=1777") == true ? 0b1_111_111_111 : 0b111_101_101;

    private void MakeLink(string link, string destination)
    {
        (string directory, string name) = RootfsPaths.Split(destination);
        Slot parent = paths.OpenOrMakeDirectory(directory);
        plan.Call("symlink", destination, Syscall.symlinkat, plan.Text(link), parent, plan.Text(name)).Accept(Errno.EEXIST);
        paths.Close(parent);
    }
}
