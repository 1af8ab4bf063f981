using Xunit;

namespace Keelson.Testing;

/// <summary>How a command ended and what it wrote.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit code, or 128 and the signal that ended it.</param>
/// <param name="Stdout">What it wrote to standard output until it ended.</param>
/// <param name="Stderr">What it wrote to standard error until it ended.</param>
public sealed record CommandResult(string Command, int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Fails the test unless the command ended with 0.</summary>
    public CommandResult Succeeds() => Exits(0);

    /// <summary>Fails the test unless the command ended with <paramref name="exitCode"/>.</summary>
    public CommandResult Exits(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"expected exit code {exitCode}: {this}");
        return this;
    }

    /// <summary>Fails the test unless the command ended with an error, was not killed, and standard error holds each of the words, whatever their case.</summary>
    public CommandResult Fails(params ReadOnlySpan<string> words)
    {
        Assert.True(ExitCode is > 0 and < 128 or 255, $"expected an error: {this}");
        foreach (string word in words) Assert.True(Stderr.Contains(word, StringComparison.OrdinalIgnoreCase), $"expected '{word}' in: {this}");
        return this;
    }

    /// <summary>Standard output without the newline at its end.</summary>
    public string Text => Stdout.TrimEnd('\n');

    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    public override string ToString() => $"{Command}\nexit code {ExitCode}\nstdout: {Stdout}\nstderr: {Stderr}";
}
