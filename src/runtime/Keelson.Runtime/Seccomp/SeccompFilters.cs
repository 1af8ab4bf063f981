using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Seccomp;

namespace Keelson.Runtime.Seccomp;

/// <summary>The filter of a container: from its profile to the kernel, and its listener to who decides.</summary>
internal static class SeccompFilters
{
    /// <summary>Compiles a profile for this machine.</summary>
    public static SeccompProgram Compile(SeccompProfile profile, Action<string> warn)
    {
        SeccompProgram program = SeccompCompiler.Compile(profile, SeccompArchitecture.SCMP_ARCH_X86_64);
        _ = warn;
        return program;
    }

    /// <summary>Hands the listener of a filter to the process at <c>listenerPath</c>. runtime-spec 1.3 config-linux "Container Process State".</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="pidFd">The container's process.</param>
    /// <param name="descriptor">The listener's number in that process.</param>
    /// <param name="state">The state as JSON, which goes with the descriptor.</param>
    public static void SendListener(SeccompProfile profile, FdHandle pidFd, int descriptor, ReadOnlyMemory<byte> state)
    {
        string path = profile.ListenerPath ?? throw new KeelsonException(ErrorKind.InvalidArgument, "linux.seccomp.listenerPath: it is needed with SCMP_ACT_NOTIFY");
        Processes.TryGetDescriptor(pidFd.Fd, descriptor, out FdHandle? listener).ThrowIfError("pidfd_getfd", "seccomp listener");
        using (listener)
        {
            Sockets.TryConnect(path, out FdHandle? socket).ThrowIfError("connect to seccomp listener", path);
            using (socket) Sockets.TrySend(socket!.Fd, state.Span, [listener!.Fd]).ThrowIfError("send seccomp listener to", path);
        }
    }
}
