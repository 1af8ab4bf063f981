using Keelson.Docker;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Terminal;

/// <summary>Copies between this program's streams and a process's, and passes signals and the size of the terminal on. One thread, poll(2).</summary>
internal sealed class StreamRelay
{
    private const int BufferBytes = 32 << 10;
    private const ulong NotPassed = 1UL << (Signals.SIGCHLD - 1) | 1UL << (Signals.SIGURG - 1) | 1UL << (Signals.SIGPIPE - 1) | 1UL << (Signals.SIGWINCH - 1);
    private const ulong HarmlessByDefault = NotPassed | 1UL << (Signals.SIGCONT - 1);

    private readonly UpgradedConnection connection;
    private readonly FrameReader frames = new();
    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly List<byte> waiting = [];

    public StreamRelay(UpgradedConnection connection) => this.connection = connection;

    /// <summary>Whether standard input is copied.</summary>
    public bool CopiesInput { get; init; }

    /// <summary>Whether the process has a terminal: no frames.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Keys to watch for; <see langword="null"/>: none.</summary>
    public DetachKeys? Keys { get; init; }

    /// <summary>The terminal on standard input, where it is in raw mode.</summary>
    public RawTerminal? Raw { get; init; }

    /// <summary>Signals; <see langword="null"/>: they have their usual effect.</summary>
    public SignalSource? Source { get; init; }

    /// <summary>Gets a signal for the process; <see langword="null"/>: it ends this program.</summary>
    public Action<int>? PassSignal { get; init; }

    /// <summary>Gets the size of the terminal when it has changed: rows, columns.</summary>
    public Action<int, int>? Resize { get; init; }

    /// <summary>Copies until the process closes its streams or the keys are typed.</summary>
    public RelayEnd Run()
    {
        Span<PollEntry> entries =
        [
            new PollEntry { Fd = connection.Fd },
            new PollEntry { Fd = CopiesInput ? 0 : -1, Events = PollEvents.POLLIN },
            new PollEntry { Fd = Source?.Fd ?? -1, Events = PollEvents.POLLIN },
        ];
        bool inputEnds = false;
        while (true)
        {
            if (connection.HasBuffered && !CopyOutput()) return RelayEnd.Closed;
            entries[0].Events = waiting.Count > 0 ? PollEvents.POLLIN | PollEvents.POLLOUT : PollEvents.POLLIN;
            // No more is read than was passed on.
            entries[1].Fd = CopiesInput && !inputEnds && waiting.Count == 0 ? 0 : -1;
            foreach (ref PollEntry entry in entries) entry.Returned = 0;
            if (Files.TryPoll(entries, -1, out _) is var errno && errno is not (Errno.None or Errno.EINTR)) errno.ThrowIfError("poll");
            if (errno == Errno.EINTR) continue;
            if (entries[2].Returned != 0) TakeSignal();
            if ((entries[0].Returned & PollEvents.POLLOUT) != 0) SendWaiting();
            if ((entries[0].Returned & ~PollEvents.POLLOUT) != 0 && !CopyOutput()) return RelayEnd.Closed;
            if (entries[1].Returned == 0) continue;
            if (!ReadInput(out bool isDetached)) inputEnds = true;
            if (isDetached) return RelayEnd.Detached;
            SendWaiting();
            if (inputEnds) connection.EndInput();
        }
    }

    private bool CopyOutput()
    {
        int count = connection.Read(buffer);
        if (count == 0) return false;
        if (IsTerminal) Output.WriteTo(1, buffer.AsSpan(0, count));
        else frames.Take(buffer.AsSpan(0, count), (stream, data) => Output.WriteTo(stream == 1 ? 1 : 2, data));
        return true;
    }

    private bool ReadInput(out bool isDetached)
    {
        isDetached = false;
        if (Files.TryRead(0, buffer, out int count) != Errno.None || count == 0) return false;
        if (Keys is null) waiting.AddRange(buffer.AsSpan(0, count));
        else isDetached = Keys.Take(buffer.AsSpan(0, count), waiting);
        return true;
    }

    private void SendWaiting()
    {
        while (waiting.Count > 0)
        {
            Errno errno = connection.TryWriteSome(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(waiting), out int count);
            if (errno == Errno.EAGAIN) return;
            // The process reads no more: what it still writes is copied.
            if (errno != Errno.None) waiting.Clear();
            else waiting.RemoveRange(0, count);
        }
    }

    private void TakeSignal()
    {
        int signal = Source!.Read();
        if (signal == 0) return;
        if (signal == Signals.SIGWINCH)
        {
            if (Resize is not null && Terminals.TryReadSize(0, out ushort rows, out ushort columns) == Errno.None) Resize(rows, columns);
            return;
        }
        if (PassSignal is not null)
        {
            if (!Has(NotPassed, signal)) PassSignal(signal);
            return;
        }
        if (Has(HarmlessByDefault, signal)) return;
        if (signal is Signals.SIGTSTP or Signals.SIGTTIN or Signals.SIGTTOU)
        {
            Processes.TryKill(Processes.CurrentId, Signals.SIGSTOP);
            return;
        }
        throw new InterruptedException(signal);
    }

    private static bool Has(ulong set, int signal) => (set >> (signal - 1) & 1) != 0;
}
