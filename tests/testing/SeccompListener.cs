using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>Answers the system calls of a container in its place. seccomp_unotify(2).</summary>
/// <param name="listener">The descriptor that the runtime sent to <c>listenerPath</c>; owned by this object.</param>
public sealed unsafe partial class SeccompListener(FdHandle listener) : IDisposable
{
    private const ulong SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100, SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
    private const int NotificationBytes = 80;

    /// <summary>Waits for a system call.</summary>
    /// <returns>Who asks, its number and arguments.</returns>
    /// <exception cref="KeelsonException">Unavailable: none came.</exception>
    public (ulong Id, uint Pid, int Number, ulong[] Arguments) Receive()
    {
        Files.TryPoll([new() { Fd = listener.Fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", "a system call");
        if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, "wait for a system call: none came");
        byte* notification = stackalloc byte[NotificationBytes];
        new Span<byte>(notification, NotificationBytes).Clear();
        if (ioctl(listener.Fd, SECCOMP_IOCTL_NOTIF_RECV, notification) < 0) throw new LinuxException("receive a system call", null, (Errno)Marshal.GetLastPInvokeError());
        // struct seccomp_notif: id, pid, flags, then struct seccomp_data: nr, arch, instruction_pointer, args[6].
        ulong[] arguments = new ReadOnlySpan<ulong>(notification + 32, 6).ToArray();
        return (*(ulong*)notification, *(uint*)(notification + 8), *(int*)(notification + 16), arguments);
    }

    /// <summary>Lets the system call return a value, or an error.</summary>
    /// <param name="id">From <see cref="Receive"/>.</param>
    /// <param name="value">What it returns when <paramref name="error"/> is <see cref="Errno.None"/>.</param>
    /// <param name="error">The error.</param>
    /// <param name="proceed">Lets the kernel carry it out as if nothing had happened.</param>
    public void Answer(ulong id, long value = 0, Errno error = Errno.None, bool proceed = false)
    {
        ulong* answer = stackalloc ulong[3];
        answer[0] = id;
        answer[1] = (ulong)value;
        ((int*)answer)[4] = -(int)error;
        ((uint*)answer)[5] = proceed ? 1u : 0u;
        if (ioctl(listener.Fd, SECCOMP_IOCTL_NOTIF_SEND, answer) < 0) throw new LinuxException("answer a system call", null, (Errno)Marshal.GetLastPInvokeError());
    }

    /// <inheritdoc/>
    public void Dispose() => listener.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, void* argument);
}
