namespace Keelson.Bench.Runtime;

/// <summary>A runtime that takes part.</summary>
/// <param name="Name">Name in the tables.</param>
/// <param name="Program">Path of its program.</param>
/// <param name="Root">Its state directory.</param>
internal sealed record Contender(string Name, string Program, string Root)
{
    /// <summary>A command line of this runtime.</summary>
    public Command Command(params IReadOnlyList<string> arguments) => new(CommandLine(arguments));

    /// <inheritdoc cref="Command"/>
    public string[] CommandLine(params IReadOnlyList<string> arguments) => [Program, "--root", Root, .. arguments];
}
