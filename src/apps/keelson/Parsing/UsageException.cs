namespace Keelson.Cli.Parsing;

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message, int exitCode = Command.WrongOption) : KeelsonException(ErrorKind.InvalidArgument, message)
{
    /// <summary>125 for options, 1 for arguments and commands, as docker's.</summary>
    public int ExitCode { get; } = exitCode;
}
