namespace Keelson.Engine.Containers;

/// <summary>A process to add to a container. Docker Engine API v1.41 <c>ExecConfig</c>.</summary>
public sealed record ExecOptions
{
    /// <summary>Program and arguments.</summary>
    [System.Text.Json.Serialization.JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>Variables besides those of the container.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Who runs it; empty for the container's user.</summary>
    public string? User { get; init; }

    /// <summary>Its working directory; empty for the container's.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>Whether it has all capabilities.</summary>
    public bool Privileged { get; init; }

    /// <summary>Whether it has a terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>Whether its input can be written.</summary>
    public bool AttachStdin { get; init; }

    /// <summary>Whether its output can be read.</summary>
    public bool AttachStdout { get; init; }

    /// <summary>Whether its errors can be read.</summary>
    public bool AttachStderr { get; init; }

    /// <summary>Keys that detach a client. Kept for clients.</summary>
    public string? DetachKeys { get; init; }
}

/// <summary>A process that was added to a container.</summary>
/// <param name="Id">Its identity: 64 hexadecimal digits.</param>
/// <param name="ContainerId">The container.</param>
/// <param name="Options">What it was made from.</param>
/// <param name="IsRunning">Whether it runs.</param>
/// <param name="ExitCode">How it ended; <see langword="null"/> before.</param>
/// <param name="Pid">Its process ID on the host; 0 before there is one.</param>
public sealed record ExecInfo(string Id, string ContainerId, ExecOptions Options, bool IsRunning, int? ExitCode, int Pid);
