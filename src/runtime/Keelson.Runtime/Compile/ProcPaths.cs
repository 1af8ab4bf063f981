using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that write files of procfs for the child itself, through a procfs that no container can have covered.</summary>
/// <remarks>
/// The descriptor was opened by the parent on the host's <c>/proc</c> and checked to be one. Look-ups do not cross mounts or follow links
/// on the way (openat2(2)), so a bind mount over a file, which a shared mount could bring, is refused.
/// </remarks>
internal sealed class ProcPaths(SyscallPlan plan, FdHandle hostProc, bool hasOpenAt2)
{
    private nint how;

    /// <summary>Whether this kernel has a file in the directories of processes. Asked at once, of the parent's own.</summary>
    public bool HasSelf(string file) => Files.TryStatus("self/" + file, out _, directory: hostProc.Fd) == Errno.None;

    /// <summary>Opens a file of the child's own directory for writing.</summary>
    /// <param name="file">Below <c>/proc/PID</c> of the child: <c>oom_score_adj</c>, <c>attr/exec</c>.</param>
    public Slot OpenSelf(string file)
    {
        // "self" is the one link that is wanted: it is resolved first, as a directory of procfs.
        Slot self = plan.NewSlot(), fd = plan.NewSlot();
        plan.Call("open", "/proc/self", Syscall.openat, hostProc.Fd, plan.Text("self"), (int)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(self);
        Open(self, file, "/proc/self/" + file, fd);
        plan.Call("close", null, Syscall.close, self);
        return fd;
    }

    /// <summary>Writes a file of the child's own directory.</summary>
    public void WriteSelf(string file, string text) => Write(OpenSelf(file), text, "/proc/self/" + file);

    /// <summary>Sets a kernel parameter as the child's namespaces see it. sysctl(8).</summary>
    public void WriteSysctl(string key, string value)
    {
        string file = "sys/" + (key.Contains('/') ? key : key.Replace('.', '/'));
        Slot fd = plan.NewSlot();
        Open(hostProc.Fd, file, "/proc/" + file, fd);
        Write(fd, value, "sysctl " + key);
    }

    /// <summary>Writes to an open file and closes it.</summary>
    public void Write(Slot fd, string text, string name)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        plan.Call("write '" + text + "' to", name, Syscall.write, fd, plan.Bytes(bytes), bytes.Length);
        plan.Call("close", null, Syscall.close, fd);
    }

    private void Open(Arg directory, string file, string name, Slot fd)
    {
        if (!hasOpenAt2)
        {
            plan.Call("open", name, Syscall.openat, directory, plan.Text(file), (int)(OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC)).Into(fd);
            nint fileSystem = plan.Allocate(120);
            plan.Call("fstatfs", name, Syscall.fstatfs, fd, fileSystem);
            plan.Expect("write: not on procfs:", name, fileSystem, FileSystemMagic.PROC_SUPER_MAGIC, -1, Errno.EXDEV);
            return;
        }
        if (how == 0)
        {
            how = plan.Value(new OpenHow
            {
                Flags = (ulong)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC),
                Resolve = (ulong)(ResolveFlags.RESOLVE_NO_XDEV | ResolveFlags.RESOLVE_NO_SYMLINKS | ResolveFlags.RESOLVE_BENEATH),
            });
        }
        plan.Call("open", name, Syscall.openat2, directory, plan.Text(file), how, 24).Into(fd).Retry();
    }
}
