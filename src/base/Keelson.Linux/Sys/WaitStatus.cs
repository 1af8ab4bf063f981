namespace Keelson.Linux.Sys;

/// <summary>How a process ended, as wait(2) encodes it.</summary>
/// <param name="Raw">The number that the kernel gave.</param>
public readonly record struct WaitStatus(int Raw)
{
    /// <summary>The signal that ended it; 0 when it left by itself.</summary>
    public int Signal => Raw & 0x7f;

    /// <summary>The number that it left with, 0 to 255; 0 when a signal ended it.</summary>
    public int ExitCode => (Raw >> 8) & 0xff;

    /// <summary>The number a shell would report: the exit code, or 128 and the signal.</summary>
    public int ShellCode => Signal != 0 ? 128 + Signal : ExitCode;
}
