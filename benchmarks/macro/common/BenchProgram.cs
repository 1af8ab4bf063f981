using System.Runtime.InteropServices;

namespace Keelson.Bench;

/// <summary>What the main functions of benchmarks have in common: words on the streams, and a clean-up whatever happens.</summary>
internal static class BenchProgram
{
    /// <summary>Runs a benchmark.</summary>
    /// <param name="name">Its name, for errors.</param>
    /// <param name="run">Does it; disposes of what it made before it returns or throws.</param>
    /// <returns>The exit status.</returns>
    public static int Run(string name, Func<StandardOutput, int> run)
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel), terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        // An exception that nobody catches would skip the clean-up.
        try
        {
            using StandardOutput output = new(1);
            return run(output);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or OperationCanceledException or FormatException or System.Net.Sockets.SocketException)
        {
            using StandardOutput errors = new(2);
            errors.WriteLine($"{name}: {e.Message}");
            return 1;
        }
    }

    /// <summary>The next spawn ends the run, with the clean-up.</summary>
    private static void Cancel(PosixSignalContext context)
    {
        context.Cancel = true;
        Spawner.IsCancelled = true;
    }
}
