namespace Keelson.Engine.Tasks;

/// <summary>A task as the engine knew it last.</summary>
/// <param name="Id">The container.</param>
/// <param name="Pid">Process ID of the first process; 0 before there is one.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="ExitStatus">Its exit code, or 128 and the signal; 0 while it runs.</param>
/// <param name="ExitedAt">When it ended.</param>
public sealed record TaskSummary(string Id, int Pid, Shim.Api.TaskStatus Status, int ExitStatus, DateTimeOffset? ExitedAt)
{
    /// <summary>Streams of the first process.</summary>
    public Shim.Api.StdioPaths Stdio { get; init; } = new("", "", "", false);
}
