using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that copy what lies at a mount point into the tmpfs that is to cover it: the option <c>tmpcopyup</c>.</summary>
/// <remarks>
/// A plan cannot walk a tree. The child runs the runtime's hidden command <c>copy-up</c> as a process of its own, while the host is still
/// visible and nothing of the container runs, and gives it the two directories as standard input and output.
/// </remarks>
internal static class CopyUpSteps
{
    private const int SIGCHLD = 17;

    /// <summary>Adds the steps.</summary>
    /// <param name="plan">The child's plan.</param>
    /// <param name="executable">The runtime's program on the host.</param>
    /// <param name="source">The open mount point.</param>
    /// <param name="tree">The detached tmpfs.</param>
    /// <param name="destination">The mount's name in errors.</param>
    public static void Add(SyscallPlan plan, string executable, Slot source, Slot tree, string destination)
    {
        string program = executable == "/proc/self/exe" ? ResolveSelf() : executable;
        Slot pid = plan.NewSlot(), from = plan.NewSlot();
        nint status = plan.Allocate(sizeof(long)), dot = plan.Text(".");
        plan.Call("open", destination, Syscall.openat, source, dot, (int)(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(from);
        plan.Call("copy up", destination, Syscall.clone, SIGCHLD, 0, 0, 0, 0).Into(pid);
        int isParent = plan.JumpUnless(pid, 0);
        plan.Call("dup3", "source", Syscall.dup3, from, 0, 0);
        Slot to = plan.NewSlot();
        plan.Call("open", destination, Syscall.openat, tree, dot, (int)(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC)).Into(to);
        plan.Call("dup3", "target", Syscall.dup3, to, 1, 0);
        plan.Call("close on exec", null, Syscall.close_range, 3, int.MaxValue, 4);
        plan.Call("exec", program, Syscall.execve, plan.Text(program), plan.Vector(["keelson-runtime", "copy-up"]), plan.Vector([]));
        plan.Land(isParent);
        plan.Call("wait for copy up", destination, Syscall.wait4, pid, status, 0x40000000, 0);
        plan.Expect("copy up", destination, status, 0, 0xffff, Errno.EIO);
        plan.Call("close", null, Syscall.close, from);
    }

    private static string ResolveSelf()
    {
        Files.TryReadLink("/proc/self/exe", out string path).ThrowIfError("readlink", "/proc/self/exe");
        return path;
    }
}
