using System.Globalization;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Shim;

/// <summary>The shim's log: the fifo <c>log</c> of its bundle, which the daemon copies into its own. A line that nobody takes is dropped.</summary>
internal sealed class ShimLog(FdHandle? file, TimeProvider time)
{
    /// <summary>Opens the fifo in the working directory; without a reader there is no log.</summary>
    public static ShimLog Open(TimeProvider time)
    {
        Files.TryOpen("log", OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK, out FdHandle? file);
        return new ShimLog(file, time);
    }

    public void Warning(string message) => Write("warning", message);

    public void Error(string message) => Write("error", message);

    private void Write(string level, string message)
    {
        if (file is null) return;
        string quoted = message.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        string at = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        // A full pipe or a reader that has gone loses the line, not the shim.
        _ = Files.TryWriteSome(file.Fd, Encoding.UTF8.GetBytes($"time=\"{at}\" level={level} msg=\"{quoted}\" runtime=io.containerd.keelson.v2\n"), out _);
    }
}
