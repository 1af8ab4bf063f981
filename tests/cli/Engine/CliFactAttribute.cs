using System.Runtime.CompilerServices;

namespace Keelson.Cli.Tests;

/// <summary>Needs root, dockerd with docker's client, and the published <c>keelson</c>.</summary>
public sealed class CliFactAttribute : FactAttribute
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public CliFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = EngineUnderTest.Missing;
}

/// <summary>Rows of data for a test with the same needs.</summary>
public sealed class CliTheoryAttribute : TheoryAttribute
{
    /// <inheritdoc cref="CliFactAttribute(string, int)"/>
    public CliTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) => Skip = EngineUnderTest.Missing;
}
