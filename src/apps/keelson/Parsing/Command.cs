namespace Keelson.Cli.Parsing;

/// <summary>A command: what the parser, the help and the completion know of it.</summary>
/// <param name="Summary">One line.</param>
/// <param name="Usage">The arguments, as the help shows them.</param>
/// <param name="Options">Its options, in the order of the help.</param>
/// <param name="Run">Does it; the result is the exit code.</param>
internal sealed record Command(string Summary, string Usage, Option[] Options, Func<Session, int> Run)
{
    /// <summary>Fewest arguments.</summary>
    public int Least { get; init; }

    /// <summary>Most arguments.</summary>
    public int Most { get; init; } = int.MaxValue;

    /// <summary>Whether the first argument ends the options: what follows belongs to the container's command.</summary>
    public bool StopsAtArgument { get; init; }

    /// <summary>What completion offers for arguments: containers, running, images, volumes, networks, files.</summary>
    public string Completes { get; init; } = "";

    /// <summary>The exit code when the command line is wrong: docker's.</summary>
    public const int WrongOption = 125;
}
