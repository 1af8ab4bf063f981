namespace Keelson.Interop.Tests;

/// <summary>A command to run in a private host.</summary>
/// <param name="Arguments">The program and its arguments.</param>
public sealed record HostCommand(string[] Arguments)
{
    /// <summary>Its standard input.</summary>
    public string Input { get; init; } = "";

    /// <summary>What it has in its environment besides the host's.</summary>
    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>How long it may take; 120 s unless told.</summary>
    public TimeSpan? Limit { get; init; }
}
