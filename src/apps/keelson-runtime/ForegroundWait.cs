using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime;
using Keelson.Runtime.Start;

namespace Keelson.RuntimeCli;

/// <summary>Waits for a child in the foreground and passes signals on to it.</summary>
/// <remarks>
/// All signals are blocked and read from a descriptor: signalfd(2). The program's second thread, which runs finalizers, does not block them; see
/// <see cref="SignalForwarding"/>.
/// </remarks>
internal sealed class ForegroundWait : IDisposable
{
    private const ulong NotPassed = 1UL << (Signals.SIGCHLD - 1) | 1UL << (Signals.SIGURG - 1) | 1UL << (Signals.SIGPIPE - 1);
    private readonly FdHandle signals;

    /// <summary>Blocks the signals from here on.</summary>
    public ForegroundWait()
    {
        Signals.SetMask(ulong.MaxValue);
        SignalForwarding.ToThisThread();
        Signals.TryOpenSignals(ulong.MaxValue, out FdHandle? handle).ThrowIfError("signalfd");
        signals = handle!;
    }

    /// <summary>Waits until a child has ended, and reaps every other child on the way.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="relay">Its terminal, to be copied meanwhile; <see langword="null"/> without one.</param>
    /// <param name="notify">Where its notices to the service manager come from; <see langword="null"/> without one. This process stays the main one.</param>
    public WaitStatus For(int pid, TerminalRelay? relay = null, NotifySocket? notify = null)
    {
        relay?.Accept();
        Span<PollEntry> entries =
        [
            new PollEntry { Fd = signals.Fd, Events = PollEvents.POLLIN },
            new PollEntry { Fd = relay?.MasterFd ?? -1, Events = PollEvents.POLLIN },
            new PollEntry { Fd = relay is null ? -1 : 0, Events = PollEvents.POLLIN },
            new PollEntry { Fd = notify?.Fd ?? -1, Events = PollEvents.POLLIN },
        ];
        while (true)
        {
            while (Processes.TryWait(-1, out WaitStatus status, out int ended, noHang: true) == Errno.None && ended != 0)
            {
                if (ended != pid) continue;
                relay?.Drain();
                notify?.Drain(Processes.CurrentId);
                return status;
            }
            Files.TryPoll(entries, -1, out _);
            if (entries[3].Returned != 0) notify!.Forward(Processes.CurrentId);
            if (entries[0].Returned != 0) PassSignal(pid, relay);
            if (entries[1].Returned != 0 && !TerminalRelay.Copy(relay!.MasterFd, 1)) entries[1].Fd = -1;
            if (entries[2].Returned != 0 && !TerminalRelay.Copy(0, relay!.MasterFd)) entries[2].Fd = -1;
        }
    }

    /// <summary>Closes the descriptor; the signals stay blocked until the program ends.</summary>
    public void Dispose() => signals.Dispose();

    private void PassSignal(int pid, TerminalRelay? relay)
    {
        Signals.TryRead(signals.Fd, out int signal).ThrowIfError("read", "signals");
        if (signal == Signals.SIGWINCH && relay is not null) relay.CopySize();
        else if (signal != 0 && (NotPassed >> (signal - 1) & 1) == 0) Processes.TryKill(pid, signal);
    }
}
