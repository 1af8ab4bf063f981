namespace Keelson.RuntimeCli;

/// <summary>What the program leaves with besides a container's own status. The same numbers as runC.</summary>
internal static class ExitCodes
{
    /// <summary>A command failed.</summary>
    public const int Failed = 1;

    /// <summary>exec failed before its process ran.</summary>
    public const int ExecFailed = 255;
}
