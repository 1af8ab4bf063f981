using Keelson.Cli.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Commands;

/// <summary>Asks before much is removed, and tells what was.</summary>
internal static class Confirmation
{
    /// <summary>Asks, unless <c>--force</c> was given.</summary>
    public static bool Get(Session session, string warning)
    {
        if (session.Arguments.Flag("force")) return true;
        Output.Write($"WARNING! {warning}\nAre you sure you want to continue? [y/N] ");
        Output.Flush();
        Span<byte> answer = stackalloc byte[64];
        return Files.TryRead(0, answer, out int count) == Errno.None && count > 0 && answer[0] is (byte)'y' or (byte)'Y';
    }

    /// <summary>Tells what was removed.</summary>
    public static void Tell(string title, IReadOnlyCollection<string>? removed, ulong bytes)
    {
        if (removed is { Count: > 0 }) Output.Write($"{title}\n{string.Join('\n', removed)}\n\n");
        Output.Write($"Total reclaimed space: {Units.Size(bytes, 4)}\n");
    }
}
