namespace Keelson.Docker;

/// <summary>What of a container's streams a connection gets.</summary>
public sealed record AttachOptions
{
    /// <summary>Input.</summary>
    public bool Stdin { get; init; }

    /// <summary>Output.</summary>
    public bool Stdout { get; init; } = true;

    /// <summary>Errors.</summary>
    public bool Stderr { get; init; } = true;

    /// <summary>Also what was written before.</summary>
    public bool Logs { get; init; }

    /// <summary>Keys that end the connection, in docker's form; <see langword="null"/>: the engine's, Ctrl-P Ctrl-Q.</summary>
    public string? DetachKeys { get; init; }
}
