using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>Does things as another user, in a thread of its own that ends then.</summary>
public static partial class OtherUser
{
    /// <summary>Connects to a unix socket as a user, sends bytes and reads what comes back first.</summary>
    /// <param name="userId">The user; root's rights are needed to become another one.</param>
    /// <param name="path">Path of the socket.</param>
    /// <param name="request">What to send.</param>
    /// <returns>The number of bytes that came; 0 when the other end closed the connection without a word.</returns>
    /// <exception cref="LinuxException">The socket could not be reached.</exception>
    public static int Ask(uint userId, string path, byte[] request)
    {
        int answered = 0;
        Exception? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                answered = Ask(path, request, userId);
            }
            catch (KeelsonException e)
            {
                fault = e;
            }
        });
        thread.Start();
        thread.Join();
        return fault is null ? answered : throw fault;
    }

    private static int Ask(string path, byte[] request, uint userId)
    {
        // The kernel's call changes the calling thread alone; libc's would change all.
        (syscall((long)Syscall.setresuid, userId, userId, userId) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None).ThrowIfError("setresuid");
        Sockets.TryConnect(path, out FdHandle? connection).ThrowIfError("connect to", path);
        using (connection)
        {
            Errno errno = Sockets.TrySend(connection!.Fd, request, []);
            if (errno is Errno.EPIPE or Errno.ECONNRESET) return 0;
            errno.ThrowIfError("send to", path);
            Files.TryPoll([new() { Fd = connection.Fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", path);
            if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"wait for an answer from {path}: it did not come");
            errno = Files.TryRead(connection.Fd, new byte[4096], out int count);
            if (errno == Errno.ECONNRESET) return 0;
            errno.ThrowIfError("read from", path);
            return count;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, ulong real, ulong effective, ulong saved);
}
