using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;
using Keelson.Runtime.Start;

namespace Keelson.Runtime.Compile;

/// <summary>Makes user namespaces that only serve as mappings: mount_setattr(2) MOUNT_ATTR_IDMAP takes a descriptor of one.</summary>
internal static class UserNamespaceFactory
{
    /// <summary>A user namespace with the given mappings. It lives as long as the descriptor.</summary>
    /// <param name="uids">User IDs.</param>
    /// <param name="gids">Group IDs.</param>
    /// <exception cref="KeelsonException">The kernel refuses the mappings.</exception>
    public static FdHandle Make(IdMapping[] uids, IdMapping[] gids)
    {
        using ChildChannel channel = new();
        using SyscallPlan plan = new();
        plan.Call("close", null, Syscall.close, channel.ParentFd);
        ParentSteps.DieWithRuntime(plan, channel.ChildEnd.Fd);
        plan.Reach("mappings", channel.ChildEnd.Fd, (int)StartPoint.Mappings);
        plan.Call("leave", "user namespace", Syscall.exit_group, 0);
        int pid = Cloner.Start(plan, channel.ChildEnd, CloneFlags.CLONE_NEWUSER, null, out FdHandle pidFd);
        channel.CloseChildEnd();
        try
        {
            channel.Next(plan, out _);
            UserMappings.WriteMap(pid, "uid_map", uids);
            UserMappings.WriteMap(pid, "gid_map", gids);
            return Files.Open($"/proc/{pid}/ns/user", OpenFlags.O_RDONLY);
        }
        finally
        {
            Processes.TrySignal(pidFd.Fd, Signals.SIGKILL);
            Processes.TryWait(pid, out _, out _);
            pidFd.Dispose();
        }
    }
}
