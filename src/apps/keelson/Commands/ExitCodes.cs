namespace Keelson.Cli.Commands;

/// <summary>Exit codes, as docker's.</summary>
internal static class ExitCodes
{
    /// <summary>An operation failed.</summary>
    public const int Failed = 1;

    /// <summary>The engine could not run the container.</summary>
    public const int EngineFailed = 125;

    /// <summary>The command cannot be executed.</summary>
    public const int CannotExecute = 126;

    /// <summary>The command was not found.</summary>
    public const int NotFound = 127;

    /// <summary>What ended with SIGPIPE.</summary>
    public const int BrokenPipe = 141;

    /// <summary>The code for a container that could not be started.</summary>
    public static int OfStart(KeelsonException error)
    {
        string message = error.FullMessage;
        if (message.Contains("executable file not found", StringComparison.Ordinal) || message.Contains("no such file or directory", StringComparison.Ordinal)) return NotFound;
        return message.Contains("permission denied", StringComparison.Ordinal) ? CannotExecute : EngineFailed;
    }
}
