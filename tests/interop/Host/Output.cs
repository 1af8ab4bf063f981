namespace Keelson.Interop.Tests;

/// <summary>What a command printed and how it ended.</summary>
/// <param name="Command">The command line, for messages.</param>
/// <param name="ExitCode">Its exit status; 128 + n when signal n ended it.</param>
/// <param name="Out">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record Output(string Command, int ExitCode, string Out, string Error)
{
    /// <summary>The standard output without the last line end.</summary>
    public string Text => Out.TrimEnd('\n', '\r');

    /// <summary>Fails the test unless the status was 0.</summary>
    public Output Succeeded() => Ended(0);

    /// <summary>Fails the test unless the command ended with <paramref name="code"/>.</summary>
    public Output Ended(int code)
    {
        if (ExitCode != code) Assert.Fail($"expected exit status {code}\n{this}");
        return this;
    }

    /// <summary>Fails the test unless the command ended with 0 and printed <paramref name="text"/>, apart from the last line end.</summary>
    public Output Printed(string text)
    {
        if (Succeeded().Text.ReplaceLineEndings("\n") != text) Assert.Fail($"expected: {text}\n{this}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"$ {Command}\nexit status {ExitCode}\nstdout: {Out}\nstderr: {Error}";
}
