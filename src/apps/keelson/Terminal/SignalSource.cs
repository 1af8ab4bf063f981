using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime.Start;

namespace Keelson.Cli.Terminal;

/// <summary>Signals to this program, to be read with poll(2) instead of ending it. signalfd(2).</summary>
internal sealed class SignalSource : IDisposable
{
    private readonly FdHandle handle;
    private readonly ulong maskBefore;

    /// <summary>Blocks all signals from here on.</summary>
    public SignalSource()
    {
        maskBefore = Signals.SetMask(ulong.MaxValue);
        // Under the JIT the other threads do not hand theirs over: there a signal may end the program, as it would any other.
        if (!RuntimeFeature.IsDynamicCodeCompiled) SignalForwarding.ToThisThread();
        Signals.TryOpenSignals(ulong.MaxValue, out FdHandle? opened).ThrowIfError("signalfd");
        handle = opened!;
    }

    /// <summary>For poll(2).</summary>
    public int Fd => handle.Fd;

    /// <summary>The next signal; 0 when there is none.</summary>
    public int Read()
    {
        Signals.TryRead(handle.Fd, out int signal).ThrowIfError("read", "signals");
        return signal;
    }

    public void Dispose()
    {
        handle.Dispose();
        if (RuntimeFeature.IsDynamicCodeCompiled) Signals.SetMask(maskBefore);
    }
}
