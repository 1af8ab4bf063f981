using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that hide paths of the container and make others read-only.</summary>
/// <remarks>
/// runtime-spec 1.3 config-linux "Masked Paths", "Readonly Paths". The cover of a file is the host's <c>/dev/null</c>, taken before the
/// container's tree exists and checked to be device 1:3, so nothing that an image puts at <c>/dev/null</c> matters. All covered directories
/// share one empty tmpfs: the first has it, the others copies. Before Linux 6.15 only a mount that has its place can be copied.
/// </remarks>
internal sealed class MaskSteps(StartRequest request, SyscallPlan plan, RootfsPaths paths, MountSteps mounts)
{
    private const int Clone = (int)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.AT_EMPTY_PATH | OpenTreeFlags.OPEN_TREE_CLOEXEC);

    /// <summary>Covers each path that exists.</summary>
    public void Mask()
    {
        string[] masked = request.Spec.Linux?.MaskedPaths ?? [];
        if (masked.Length == 0) return;
        nint empty = plan.Text(""), status = plan.Allocate(144);
        Slot nothing = plan.NewSlot(), emptyDirectory = plan.NewSlot(), cover = plan.NewSlot();
        plan.Call("open", "/dev/null", Syscall.openat, Files.AT_FDCWD, plan.Text("/dev/null"), (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(nothing);
        plan.Call("stat", "/dev/null", Syscall.newfstatat, nothing, empty, status, 0x1000);
        plan.Expect("mask with /dev/null: not the null device", null, status + 24, FileStatus.S_IFCHR, FileStatus.S_IFMT, Errno.ENODEV);
        plan.Expect("mask with /dev/null: not the null device", null, status + 40, (long)Device.Make(1, 3), -1, Errno.ENODEV);
        foreach (string path in masked)
        {
            Slot target = paths.Open(path, mayBeMissing: true);
            int missing = plan.JumpIf(target, long.MinValue, long.MinValue);
            plan.Call("stat", path, Syscall.newfstatat, target, empty, status, 0x1000);
            int isFile = plan.JumpUnlessMemory(status + 24, FileStatus.S_IFDIR, FileStatus.S_IFMT);
            int known = plan.JumpUnless(emptyDirectory, 0);
            MakeEmptyDirectory(emptyDirectory);
            mounts.Move(emptyDirectory, target, path);
            int covered = plan.JumpAlways();
            plan.Land(known);
            plan.Call("open_tree", path, Syscall.open_tree, emptyDirectory, empty, Clone).Into(cover);
            int ready = plan.JumpAlways();
            plan.Land(isFile);
            plan.Call("open_tree", path, Syscall.open_tree, nothing, empty, Clone).Into(cover);
            mounts.SetAttributes(cover, path, new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY | MountAttributeFlags.MOUNT_ATTR_NOSUID | MountAttributeFlags.MOUNT_ATTR_NOEXEC });
            plan.Land(ready);
            mounts.Move(cover, target, path);
            paths.Close(cover);
            plan.Land(covered);
            paths.Close(target);
            plan.Land(missing);
        }
        paths.Close(nothing);
    }

    /// <summary>Makes each path that exists, and what is mounted below it, read-only.</summary>
    public void MakeReadOnly()
    {
        nint empty = plan.Text("");
        foreach (string path in request.Spec.Linux?.ReadonlyPaths ?? [])
        {
            Slot target = paths.Open(path, mayBeMissing: true), tree = plan.NewSlot();
            int missing = plan.JumpIf(target, long.MinValue, long.MinValue);
            plan.Call("open_tree", path, Syscall.open_tree, target, empty, Clone | (int)OpenTreeFlags.AT_RECURSIVE).Into(tree);
            mounts.SetAttributes(tree, path, new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY }, recursive: true);
            mounts.Move(tree, target, path);
            paths.Close(tree);
            paths.Close(target);
            plan.Land(missing);
        }
    }

    private void MakeEmptyDirectory(Slot result)
    {
        Slot tree = mounts.NewFileSystem("tmpfs", "tmpfs", ["nr_blocks=1", "nr_inodes=2", "mode=755"],
            MountAttributeFlags.MOUNT_ATTR_RDONLY | MountAttributeFlags.MOUNT_ATTR_NOSUID | MountAttributeFlags.MOUNT_ATTR_NODEV | MountAttributeFlags.MOUNT_ATTR_NOEXEC, "masked directories");
        plan.Call("dup", null, Syscall.fcntl, tree, 1030, 0).Into(result);
        paths.Close(tree);
    }
}
