using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps that make standard streams the container's own.</summary>
internal static class StreamSteps
{
    private const int AT_EMPTY_PATH = 0x1000;

    /// <summary>Streams that lead to the host's null device lead to the container's, where it has one: what is open outside of its mounts cannot be saved by CRIU.</summary>
    /// <remarks>Whatever the container calls its null device, nothing fails for it, and nothing else is taken for one.</remarks>
    /// <param name="plan">Where the steps go.</param>
    /// <param name="paths">The container's root.</param>
    public static void OwnNull(SyscallPlan plan, RootfsPaths paths)
    {
        if (!paths.MayTry) return;
        nint status = plan.Allocate(144);
        for (int stream = 0; stream < 3; stream++)
        {
            Slot result = plan.NewSlot();
            plan.Call("stat", "standard stream", Syscall.newfstatat, stream, plan.Text(""), status, AT_EMPTY_PATH).Into(result).Accept(Errno.EBADF);
            int closed = plan.JumpUnless(result, 0);
            (int noDevice, int otherDevice) = JumpUnlessNull(plan, status);
            // Looked at before it is opened, since opening does something to other files, and after it, since they may change in between.
            Slot found = paths.TryOpen("/dev/null", OpenFlags.O_PATH);
            int missing = plan.JumpIf(found, long.MinValue, long.MinValue);
            plan.Call("stat", "/dev/null", Syscall.newfstatat, found, plan.Text(""), status, AT_EMPTY_PATH);
            paths.Close(found);
            (int noDeviceThere, int otherDeviceThere) = JumpUnlessNull(plan, status);
            Slot opened = paths.TryOpen("/dev/null", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY);
            int refused = plan.JumpIf(opened, long.MinValue, long.MinValue);
            plan.Call("stat", "/dev/null", Syscall.newfstatat, opened, plan.Text(""), status, AT_EMPTY_PATH);
            (int noDeviceNow, int otherDeviceNow) = JumpUnlessNull(plan, status);
            plan.Call("dup3", "/dev/null", Syscall.dup3, opened, stream, 0);
            plan.Land(noDeviceNow);
            plan.Land(otherDeviceNow);
            paths.Close(opened);
            foreach (int jump in (ReadOnlySpan<int>)[closed, noDevice, otherDevice, missing, noDeviceThere, otherDeviceThere, refused]) plan.Land(jump);
        }
    }

    private static (int NoDevice, int OtherDevice) JumpUnlessNull(SyscallPlan plan, nint status) =>
        (plan.JumpUnlessMemory(status + 24, FileStatus.S_IFCHR, FileStatus.S_IFMT), plan.JumpUnlessMemory(status + 40, (long)Device.Make(1, 3), -1));
}
