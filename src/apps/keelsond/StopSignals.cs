using System.Runtime.InteropServices;

namespace Keelson.Daemon;

/// <summary>SIGTERM and SIGINT, which ask a daemon to stop.</summary>
internal static class StopSignals
{
    /// <summary>Runs a daemon until it has stopped.</summary>
    /// <param name="run">The daemon; its token says that it is asked to stop.</param>
    public static async Task RunAsync(Func<CancellationToken, Task> run)
    {
        CancellationTokenSource stop = new();
        // Until the very end of the process: a second signal must not kill it while it closes its stores.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
        PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop), interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await run(stop.Token).ConfigureAwait(false);
        GC.KeepAlive(terminate);
        GC.KeepAlive(interrupt);
    }

    /// <summary>Waits until it is asked.</summary>
    public static async Task WaitAsync(CancellationToken stop)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = stop.Register(stopped.SetResult);
        await stopped.Task.ConfigureAwait(false);
    }
}
