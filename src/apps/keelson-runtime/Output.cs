using System.Text;
using Keelson.Linux.Sys;

namespace Keelson.RuntimeCli;

/// <summary>Standard output and error, without the console classes and what they cost at start-up.</summary>
internal static class Output
{
    /// <summary>Writes text to standard output.</summary>
    public static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes to standard output. A reader that has gone is no error of ours.</summary>
    public static void Write(ReadOnlySpan<byte> bytes) => Files.TryWrite(1, bytes);

    /// <summary>Writes one line to standard error.</summary>
    public static void Error(string message) => Files.TryWrite(2, Encoding.UTF8.GetBytes(message + "\n"));
}
