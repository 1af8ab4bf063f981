using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Terminal;

/// <summary>The terminal on standard input in raw mode, until it is disposed.</summary>
internal sealed class RawTerminal : IDisposable
{
    private TerminalMode? before;

    private RawTerminal(TerminalMode mode) => before = mode;

    /// <summary>Whether standard input is a terminal.</summary>
    public static bool IsInput => Terminals.TryReadSize(0, out _, out _) == Errno.None;

    /// <summary>Switches the mode; <see langword="null"/> when standard input is no terminal.</summary>
    public static RawTerminal? Enter() => Terminals.TryMakeRaw(0, out TerminalMode mode) == Errno.None ? new(mode) : null;

    /// <summary>Restores the mode.</summary>
    public void Dispose()
    {
        if (before is { } mode) Terminals.TryRestore(0, mode);
        before = null;
    }
}
