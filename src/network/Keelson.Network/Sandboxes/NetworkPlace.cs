using System.Runtime.ExceptionServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Network.Sandboxes;

/// <summary>A network namespace to work in: the process's own, or another one.</summary>
/// <param name="Namespace">A file of it; <see langword="null"/>: the process's own.</param>
public sealed record NetworkPlace(FdHandle? Namespace = null)
{
    /// <summary>Does something that depends on where the thread is, on a thread that is there.</summary>
    /// <exception cref="LinuxException">The thread cannot go there.</exception>
    public T Run<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (Namespace is null) return work();
        T result = default!;
        ExceptionDispatchInfo? error = null;
        // It ends in the other namespace, so that there is no way back that could fail.
        Thread thread = new(() =>
        {
            try
            {
                Processes.TryJoin(Namespace.Fd, (ulong)CloneFlags.CLONE_NEWNET).ThrowIfError("join", "network namespace");
                result = work();
            }
#pragma warning disable CA1031 // It is thrown again where it was asked for.
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
#pragma warning restore CA1031
        }, StackBytes);
        thread.Start();
        thread.Join();
        error?.Throw();
        return result;
    }

    private const int StackBytes = 256 << 10;

    /// <summary>Sets what is below <c>/proc/sys/net</c>.</summary>
    /// <param name="values">Paths there, <c>ipv4/ip_forward</c>, and values. One that the kernel does not have is passed over when its value begins with a question mark, which is not part of it.</param>
    /// <exception cref="LinuxException">The kernel refused one.</exception>
    public void Set(params IReadOnlyList<(string Path, string Value)> values) => Run(() =>
    {
        foreach ((string path, string value) in values)
        {
            bool isOptional = value.StartsWith('?');
            Errno errno = Files.TryWriteFile("/proc/sys/net/" + path, System.Text.Encoding.ASCII.GetBytes(value.TrimStart('?')));
            if (errno != Errno.None && !(isOptional && errno == Errno.ENOENT)) errno.ThrowIfError("set", "/proc/sys/net/" + path);
        }
        return true;
    });
}
