using Keelson.Linux;

namespace Keelson.Testing;

/// <summary>How a command is started.</summary>
public sealed record CommandOptions
{
    /// <summary>Text on standard input; <see langword="null"/>: <c>/dev/null</c>.</summary>
    public string? Input { get; init; }

    /// <summary>Working directory; <see langword="null"/>: that of the test program.</summary>
    public string? Directory { get; init; }

    /// <summary>Variables added to <c>PATH</c>, which is all that a command gets by default.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Descriptors that the command gets besides the standard three, by their number there. They stay open here.</summary>
    public IReadOnlyDictionary<int, FdHandle> Descriptors { get; init; } = new Dictionary<int, FdHandle>();

    /// <summary>Words put before the command: <c>setpriv --reuid 1000</c>.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>How long the command may take before it is killed and the test fails.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);
}
