using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that show the container its cgroups. runtime-spec 1.3 config-linux "Cgroup ownership", mounts of type <c>cgroup</c>.</summary>
/// <remarks>
/// The container's own directories are bound, not a new file system mounted: what is seen is the same, and it does not matter when the
/// cgroup namespace is made. Without a cgroup of its own, or on v2 without a cgroup namespace, the host's tree is shown.
/// </remarks>
internal sealed class CgroupMountSteps(StartRequest request, SyscallPlan plan, RootfsPaths paths, MountSteps mounts)
{
    /// <summary>Where the host has its control groups.</summary>
    public const string HostTree = "/sys/fs/cgroup";

    /// <summary>Name of the directory that shows a v1 hierarchy, or the v2 tree beside such.</summary>
    /// <param name="controllers">As <c>/proc/PID/cgroup</c> lists them.</param>
    public static string NameOf(string controllers) =>
        controllers.Length == 0 ? "unified" : controllers.StartsWith("name=", StringComparison.Ordinal) ? controllers[5..] : controllers;

    /// <summary>Attaches the tree at an open mount point.</summary>
    public void Attach(Slot target, string destination, MountOptions options)
    {
        MountAttributes attributes = options.Attributes;
        Cgroup? cgroup = request.Cgroup;
        if (cgroup is null || cgroup.Directories.Count == 0)
        {
            AttachCopy(HostTree, target, destination, attributes, recursive: true);
            return;
        }
        if (cgroup.Directories is [{ Controllers: "" } single])
        {
            bool hasNamespace = request.Namespaces.Has(CloneFlags.CLONE_NEWCGROUP);
            AttachCopy(hasNamespace ? single.Directory : HostTree, target, destination, attributes, recursive: false);
            return;
        }
        AttachHierarchies(cgroup, target, destination, attributes);
    }

    /// <summary>v1: a tmpfs with one directory a hierarchy, and links for controllers that share one.</summary>
    private void AttachHierarchies(Cgroup cgroup, Slot target, string destination, in MountAttributes attributes)
    {
        Slot tree = mounts.NewFileSystem("tmpfs", "tmpfs", ["mode=755"], attributes.Set & ~MountAttributeFlags.MOUNT_ATTR_RDONLY, destination);
        mounts.Move(tree, target, destination);
        foreach ((string controllers, string directory) in cgroup.Directories)
        {
            string name = NameOf(controllers);
            string path = destination + "/" + name;
            plan.Call("mkdir", path, Syscall.mkdirat, tree, plan.Text(name), 0b111_101_101);
            Slot place = plan.NewSlot();
            plan.Call("open", path, Syscall.openat, tree, plan.Text(name), (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(place);
            AttachCopy(directory, place, path, attributes, recursive: false);
            paths.Close(place);
            foreach (string part in name.Split(','))
                if (part != name)
                    plan.Call("symlink", destination + "/" + part, Syscall.symlinkat, plan.Text(name), tree, plan.Text(part)).Accept(Errno.EEXIST);
        }
        if ((attributes.Set & MountAttributeFlags.MOUNT_ATTR_RDONLY) != 0)
            mounts.SetAttributes(tree, destination, new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY });
        paths.Close(tree);
    }

    private void AttachCopy(string directory, Slot target, string destination, in MountAttributes attributes, bool recursive)
    {
        Slot tree = plan.NewSlot();
        OpenTreeFlags flags = OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC | (recursive ? OpenTreeFlags.AT_RECURSIVE : 0);
        plan.Call("open_tree", directory, Syscall.open_tree, Files.AT_FDCWD, plan.Text(directory), (int)flags).Into(tree);
        if ((attributes.Set | attributes.Clear) != 0) mounts.SetAttributes(tree, destination, attributes, recursive);
        mounts.Move(tree, target, destination);
        paths.Close(tree);
    }
}
