using System.Runtime.InteropServices;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>The master of a terminal, as the person in front of it: types, reads, changes the window. pty(7).</summary>
public sealed unsafe partial class PseudoTerminal : IDisposable
{
    private const ulong TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441, TIOCSWINSZ = 0x5414, TIOCGWINSZ = 0x5413;
    private readonly StringBuilder seen = new();

    /// <summary>Takes a master over.</summary>
    public PseudoTerminal(FdHandle master) => Master = master;

    /// <summary>The master's descriptor.</summary>
    public FdHandle Master { get; }

    /// <summary>How long the other side may be silent while something is awaited of it.</summary>
    public TimeSpan Patience { get; set; } = Condition.Limit;

    /// <summary>What was read so far; lines end in CR LF, as terminals write them.</summary>
    public string Seen => seen.ToString();

    /// <summary>Makes a new pair on the host.</summary>
    /// <param name="slave">The other side, to be given to a program and then closed here.</param>
    public static PseudoTerminal Open(out FdHandle slave)
    {
        Files.TryOpen("/dev/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY, out FdHandle? master).ThrowIfError("open", "/dev/ptmx");
        int zero = 0;
        Check(ioctl(master!.Fd, TIOCSPTLCK, &zero), "unlock a terminal");
        int fd = ioctl(master.Fd, TIOCGPTPEER, (void*)(nint)(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC));
        Check(fd, "open the other side of a terminal");
        slave = new FdHandle(fd);
        return new PseudoTerminal(master);
    }

    /// <summary>Types a text.</summary>
    public void Type(string text) => Files.TryWrite(Master.Fd, Encoding.UTF8.GetBytes(text)).ThrowIfError("write to", "terminal");

    /// <summary>Changes the size of the window, in characters; what runs in it gets SIGWINCH.</summary>
    public void Resize(int columns, int rows)
    {
        ushort* size = stackalloc ushort[4] { (ushort)rows, (ushort)columns, 0, 0 };
        Check(ioctl(Master.Fd, TIOCSWINSZ, size), "resize a terminal");
    }

    /// <summary>The size of the window, in characters.</summary>
    public (int Columns, int Rows) Size
    {
        get
        {
            ushort* size = stackalloc ushort[4];
            Check(ioctl(Master.Fd, TIOCGWINSZ, size), "read the size of a terminal");
            return (size[1], size[0]);
        }
    }

    /// <summary>Reads until a text was seen, or until the other side is closed.</summary>
    /// <returns>Whether it was seen.</returns>
    /// <exception cref="KeelsonException">Unavailable: neither came.</exception>
    public bool ReadUntil(string text) => ReadUntil($"'{text}'", seen => seen.Contains(text, StringComparison.Ordinal));

    /// <summary>Reads until what was seen fulfils a condition, or until the other side is closed.</summary>
    /// <param name="what">What is awaited, for the message.</param>
    /// <param name="holds">Takes all that was seen.</param>
    /// <returns>Whether it was fulfilled.</returns>
    /// <exception cref="KeelsonException">Unavailable: neither came.</exception>
    public bool ReadUntil(string what, Func<string, bool> holds)
    {
        byte[] buffer = new byte[4096];
        while (!holds(Seen))
        {
            Files.TryPoll([new() { Fd = Master.Fd, Events = PollEvents.POLLIN }], (int)Patience.TotalMilliseconds, out int ready).ThrowIfError("wait for", "terminal");
            if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"wait for {what} from the terminal, which said '{Seen}': it did not come");
            Errno errno = Files.TryRead(Master.Fd, buffer, out int count);
            if (errno == Errno.EIO || (errno == Errno.None && count == 0)) return false;
            errno.ThrowIfError("read from", "terminal");
            seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
        return true;
    }

    /// <summary>Reads until the other side is closed.</summary>
    public string ReadToEnd()
    {
        ReadUntil("\0");
        return Seen;
    }

    /// <inheritdoc/>
    public void Dispose() => Master.Dispose();

    private static void Check(int result, string operation) => (result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None).ThrowIfError(operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, ulong request, void* argument);
}
