using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>Standard output and error, without the console classes and what they cost at start-up.</summary>
internal static class Output
{
    /// <summary>Writes text to standard output.</summary>
    /// <returns>Whether somebody reads.</returns>
    public static bool Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes to standard output. A reader that has gone is no error of ours.</summary>
    /// <returns>Whether somebody reads.</returns>
    /// <exception cref="LinuxException">ENOSPC and the like: what was to be said is lost.</exception>
    public static bool Write(ReadOnlySpan<byte> bytes)
    {
        Errno errno = Files.TryWrite(1, bytes);
        if (errno is Errno.EPIPE or Errno.EBADF) return false;
        errno.ThrowIfError("write", "standard output");
        return true;
    }

    /// <summary>Writes one line to standard error.</summary>
    public static void Error(string message) => Files.TryWrite(2, Encoding.UTF8.GetBytes(message + "\n"));
}
