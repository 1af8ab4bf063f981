namespace Keelson.Cli.Terminal;

/// <summary>A signal ends the program.</summary>
internal sealed class InterruptedException(int signal) : Exception
{
    /// <summary>As a shell tells it.</summary>
    public int ExitCode { get; } = 128 + signal;
}
