using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Modes and sizes of terminals. ioctl_tty(2), termios(3).</summary>
public static unsafe partial class Terminals
{
    private const ulong TCGETS = 0x5401, TCSETS = 0x5402, TIOCGWINSZ = 0x5413, TIOCSWINSZ = 0x5414;
    private const uint IGNBRK = 1, BRKINT = 2, PARMRK = 0x8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    private const uint OPOST = 1, CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100, ISIG = 1, ICANON = 2, ECHO = 8, ECHONL = 0x40, IEXTEN = 0x8000;
    private const int VTIME = 5, VMIN = 6;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, void* argument);

    /// <summary>Switches a terminal to raw mode: every byte passes as it is. cfmakeraw(3).</summary>
    /// <param name="fd">The terminal.</param>
    /// <param name="before">The mode until now, for <see cref="TryRestore"/>.</param>
    /// <returns>ENOTTY: it is no terminal.</returns>
    public static Errno TryMakeRaw(int fd, out TerminalMode before)
    {
        TerminalMode mode;
        Errno errno = Outcome.Of(ioctl(fd, TCGETS, &mode));
        before = mode;
        if (errno != Errno.None) return errno;
        mode.Input &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        mode.Output &= ~OPOST;
        mode.Local &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        mode.Control = (mode.Control & ~(CSIZE | PARENB)) | CS8;
        mode.Characters[VMIN] = 1;
        mode.Characters[VTIME] = 0;
        return Outcome.Of(ioctl(fd, TCSETS, &mode));
    }

    /// <summary>Sets a mode that was read before.</summary>
    public static Errno TryRestore(int fd, TerminalMode mode) => Outcome.Of(ioctl(fd, TCSETS, &mode));

    /// <summary>Rows and columns of a terminal. TIOCGWINSZ.</summary>
    public static Errno TryReadSize(int fd, out ushort rows, out ushort columns)
    {
        ushort* size = stackalloc ushort[4];
        Errno errno = Outcome.Of(ioctl(fd, TIOCGWINSZ, size));
        (rows, columns) = errno == Errno.None ? (size[0], size[1]) : default;
        return errno;
    }

    /// <summary>Sets rows and columns of a terminal; what runs in it gets SIGWINCH. TIOCSWINSZ.</summary>
    public static Errno TrySetSize(int fd, ushort rows, ushort columns)
    {
        ushort* size = stackalloc ushort[4] { rows, columns, 0, 0 };
        return Outcome.Of(ioctl(fd, TIOCSWINSZ, size));
    }

    /// <summary>Gives one terminal the rows and columns of another.</summary>
    public static Errno TryCopySize(int from, int to)
    {
        ulong size;
        Errno errno = Outcome.Of(ioctl(from, TIOCGWINSZ, &size));
        return errno != Errno.None ? errno : Outcome.Of(ioctl(to, TIOCSWINSZ, &size));
    }
}

/// <summary><c>struct termios</c> of the kernel, x86-64. termios(3).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct TerminalMode
{
    /// <summary>Input, output, control and local modes.</summary>
    public uint Input, Output, Control, Local;
    private readonly byte line;
    /// <summary>Control characters.</summary>
    public fixed byte Characters[19];
}
