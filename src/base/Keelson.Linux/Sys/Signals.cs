using System.Runtime.InteropServices;

namespace Keelson.Linux.Sys;

/// <summary>Signals of the calling thread. sigprocmask(2), signalfd(2), signal(7).</summary>
public static unsafe partial class Signals
{
    /// <summary>Numbers of the standard signals on x86-64. signal(7).</summary>
    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGILL = 4, SIGTRAP = 5, SIGABRT = 6, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10,
        SIGSEGV = 11, SIGUSR2 = 12, SIGPIPE = 13, SIGALRM = 14, SIGTERM = 15, SIGSTKFLT = 16, SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGTSTP = 20,
        SIGTTIN = 21, SIGTTOU = 22, SIGURG = 23, SIGXCPU = 24, SIGXFSZ = 25, SIGVTALRM = 26, SIGPROF = 27, SIGWINCH = 28, SIGIO = 29, SIGPWR = 30, SIGSYS = 31,
        SIGRTMIN = 34, SIGRTMAX = 64;

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long a0, ulong* a1, ulong* a2, long a3);

    /// <summary>Replaces the set of signals that the calling thread blocks. sigprocmask(2).</summary>
    /// <param name="mask">Bit n-1 stands for signal n.</param>
    /// <returns>The set before.</returns>
    public static ulong SetMask(ulong mask)
    {
        ulong before;
        // The kernel's call, not libc's: libc keeps two real-time signals for itself out of every mask.
        _ = syscall((long)Syscall.rt_sigprocmask, 2, &mask, &before, 8);
        return before;
    }

    /// <summary>Sets the handler of a signal; interrupted calls go on. sigaction(2) with SA_RESTART.</summary>
    /// <param name="signal">1 to 64.</param>
    /// <param name="handler">Address of a function that takes the signal's number.</param>
    public static Errno TrySetHandler(int signal, nint handler)
    {
        const int SA_RESTART = 0x10000000;
        SignalAction action = new() { Handler = handler, Flags = SA_RESTART };
        return Outcome.Of(sigaction(signal, &action, null));
    }

    /// <summary>A descriptor that reads the blocked signals of a set. signalfd(2).</summary>
    public static Errno TryOpenSignals(ulong mask, out FdHandle? handle)
    {
        // SFD_CLOEXEC | SFD_NONBLOCK
        long fd;
        Errno errno = Outcome.Of(fd = signalfd4(-1, &mask, 8, 0x80000 | 0x800));
        handle = errno == Errno.None ? new FdHandle((int)fd) : null;
        return errno;
    }

    /// <summary>Takes the next pending signal.</summary>
    /// <param name="signalFd">From <see cref="TryOpenSignals"/>.</param>
    /// <param name="signal">Its number; 0 when none is pending.</param>
    public static Errno TryRead(int signalFd, out int signal)
    {
        Span<byte> info = stackalloc byte[128];
        Errno errno = Files.TryRead(signalFd, info, out int count);
        signal = count == info.Length ? MemoryMarshal.Read<int>(info) : 0;
        return errno == Errno.EAGAIN ? Errno.None : errno;
    }

    /// <summary>The name of a signal: <c>SIGTERM</c>, <c>SIGRTMIN+3</c>.</summary>
    public static string Name(int signal)
    {
        for (int i = 0; i < Names.Length; i++)
            if (Names[i].Number == signal)
                return "SIG" + Names[i].Name;
        return signal is >= SIGRTMIN and <= SIGRTMAX ? "SIGRTMIN+" + (signal - SIGRTMIN) : "signal " + signal;
    }

    /// <summary>Reads a signal as people write it: <c>15</c>, <c>TERM</c>, <c>SIGTERM</c>, <c>rtmin+1</c>.</summary>
    /// <returns>The number, 0 to 64; -1 when the text is no signal.</returns>
    public static int Parse(string text)
    {
        if (int.TryParse(text, System.Globalization.NumberStyles.None, null, out int number)) return number is >= 0 and <= SIGRTMAX ? number : -1;
        ReadOnlySpan<char> name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(3) : text;
        foreach ((string known, int value) in Names)
            if (name.Equals(known, StringComparison.OrdinalIgnoreCase))
                return value;
        if (name.StartsWith("RTMIN", StringComparison.OrdinalIgnoreCase)) return RealTime(name[5..], SIGRTMIN, '+');
        if (name.StartsWith("RTMAX", StringComparison.OrdinalIgnoreCase)) return RealTime(name[5..], SIGRTMAX, '-');
        return -1;
    }

    private static int RealTime(ReadOnlySpan<char> offset, int from, char sign)
    {
        if (offset.IsEmpty) return from;
        if (offset[0] != sign || !int.TryParse(offset[1..], System.Globalization.NumberStyles.None, null, out int n) || n > SIGRTMAX - SIGRTMIN) return -1;
        return sign == '+' ? from + n : from - n;
    }

    private static readonly (string Name, int Number)[] Names =
    [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7), ("FPE", 8), ("KILL", 9), ("USR1", 10), ("SEGV", 11),
        ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15), ("STKFLT", 16), ("CHLD", 17), ("CLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20),
        ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("POLL", 29),
        ("PWR", 30), ("SYS", 31),
    ];

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sigaction(int signal, SignalAction* action, SignalAction* before);

    /// <summary><c>struct sigaction</c> of libc, x86-64.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SignalAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long syscallSignalFd(long number, long fd, ulong* mask, long size, long flags);

    private static long signalfd4(int fd, ulong* mask, long size, long flags) => syscallSignalFd((long)Syscall.signalfd4, fd, mask, size, flags);
}
