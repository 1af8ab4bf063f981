namespace Keelson.Engine.Containers;

/// <summary>What a container is doing, and how it fared before.</summary>
public sealed record ContainerState
{
    /// <summary>What it is doing.</summary>
    public ContainerStatus Status { get; init; }

    /// <summary>Process ID of its first process on the host; 0 when there is none.</summary>
    public int Pid { get; init; }

    /// <summary>How it ended last: its exit code, or 128 and the signal.</summary>
    public int ExitCode { get; init; }

    /// <summary>Why it could not be started last; empty when it could.</summary>
    public string Error { get; init; } = "";

    /// <summary>Whether the kernel killed a process of it because memory was out, since its last start.</summary>
    public bool OomKilled { get; init; }

    /// <summary>When it was started last.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended last.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How often its restart policy started it since somebody did.</summary>
    public int RestartCount { get; init; }

    /// <summary>Whether somebody stopped it, so that <c>unless-stopped</c> does not start it.</summary>
    public bool IsStoppedByHand { get; init; }

    /// <summary>How it fares; <see langword="null"/> when it is not checked, or was never started.</summary>
    public ContainerHealth? Health { get; init; }

    /// <summary>Whether it was ever started.</summary>
    public bool WasStarted => StartedAt is not null;

    /// <summary>Whether it has processes.</summary>
    public bool IsRunning => Status is ContainerStatus.Running or ContainerStatus.Paused;
}
