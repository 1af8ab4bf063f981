using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Runtime.Start;

/// <summary>Hands signals that the process gets to one thread, which has them blocked and reads them. signal(7), signalfd(2).</summary>
/// <remarks>
/// A signal for a process goes to any thread that does not block it: here to the one that runs finalizers, whose mask nobody else can set. The
/// handler sends it on to the thread that wants it. It is managed code without a transition, as in the child of a clone: it interrupts a
/// thread that waits outside of managed code, and calls tgkill(2) alone.
/// </remarks>
public static unsafe class SignalForwarding
{
    /// <summary>What the C library and .NET use between threads, and what is a fault of the program itself.</summary>
    private static ReadOnlySpan<byte> NotForwarded =>
        [Signals.SIGKILL, Signals.SIGSTOP, Signals.SIGILL, Signals.SIGTRAP, Signals.SIGABRT, Signals.SIGBUS, Signals.SIGFPE, Signals.SIGSEGV, Signals.SIGSYS, 32, 33, Signals.SIGRTMIN];

    private static nint processId, threadId;

    /// <summary>Forwards all signals to the calling thread, which has to block them. Only in a program that is compiled ahead of time.</summary>
    /// <exception cref="LinuxException">sigaction(2) failed.</exception>
    public static void ToThisThread()
    {
        if (RuntimeFeature.IsDynamicCodeCompiled) throw new KeelsonException(ErrorKind.Unsupported, "forward signals: the program is not compiled ahead of time");
        processId = Processes.CurrentId;
        threadId = Processes.CurrentThreadId;
        delegate*<int, void> handler = &Forward;
        for (int signal = 1; signal <= Signals.SIGRTMAX; signal++)
            if (NotForwarded.IndexOf((byte)signal) < 0 && Signals.TrySetHandler(signal, (nint)handler) is var errno and not Errno.None)
                errno.ThrowIfError("sigaction", Signals.Name(signal));
    }

    private static void Forward(int signal) => LinkedCalls.Syscall((nint)Syscall.tgkill, processId, threadId, signal, 0, 0, 0);
}
