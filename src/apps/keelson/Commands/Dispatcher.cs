using Keelson.Cli.Completion;
using Keelson.Cli.Parsing;

namespace Keelson.Cli.Commands;

/// <summary>Finds the command of a command line and runs it.</summary>
internal static class Dispatcher
{
    /// <summary>The options before the command.</summary>
    public static readonly Option[] GlobalOptions =
    [
        Option.Value("H,host", "unix:///path", "the engine's socket; KEELSON_HOST, DOCKER_HOST, else unix:///run/keelson/docker.sock"),
        Option.Flag("v,version", "print the version and end"),
    ];

    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string name = "";
        try
        {
            int at = FindCommand(arguments);
            Arguments global = CommandLineParser.Parse(arguments[..at], GlobalOptions, stopsAtArgument: true);
            if (global.Flag("version")) { Session.Print($"keelson version {BuildInfo.Version}, build {BuildInfo.Commit[..Math.Min(7, BuildInfo.Commit.Length)]}"); return 0; }
            if (at == arguments.Length || global.AsksForHelp) { Output.Write(HelpText.Overview()); return 0; }
            if (arguments[at] == "__complete") return Completer.Run(arguments[(at + 1)..], global.Value("host"));
            if (arguments[at] == "help") return Help(arguments[(at + 1)..]);
            (name, Command? command, int words) = CommandTable.Find(arguments[at..]);
            if (command is null) return Unknown(name, arguments[(at + words)..]);
            Arguments parsed = CommandLineParser.Parse(arguments[(at + words)..], command.Options, command.StopsAtArgument);
            if (parsed.AsksForHelp) { Output.Write(HelpText.Of(name, command)); return 0; }
            CommandLineParser.CheckCount(parsed, command);
            using Session session = new(name, parsed, global.Value("host"));
            return command.Run(session);
        }
        catch (UsageException e)
        {
            Output.Error($"keelson {name}".TrimEnd() + $": {e.Message}");
            Output.Error($"See '{$"keelson {name}".TrimEnd()} --help'.");
            return e.ExitCode;
        }
        catch (KeelsonException e)
        {
            Errors.Report(name, e);
            return name is "run" or "container run" ? ExitCodes.EngineFailed : ExitCodes.Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Output.Error($"keelson {name}: {e.Message}");
            return ExitCodes.Failed;
        }
    }

    private static int FindCommand(ReadOnlySpan<string> arguments)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith('-')) return i;
            if (arguments[i] is "-H" or "--host") i++;
        }
        return arguments.Length;
    }

    private static int Help(ReadOnlySpan<string> words)
    {
        if (words.IsEmpty) { Output.Write(HelpText.Overview()); return 0; }
        (string name, Command? command, _) = CommandTable.Find(words);
        if (command is null) return Unknown(name, ["--help"]);
        Output.Write(HelpText.Of(name, command));
        return 0;
    }

    private static int Unknown(string name, ReadOnlySpan<string> rest)
    {
        if (CommandTable.IsGroup(name))
        {
            Output.Write(HelpText.Group(name));
            return rest.IsEmpty || rest[0] is "--help" or "-h" ? 0 : ExitCodes.Failed;
        }
        Output.Error($"keelson: '{name}' is not a command");
        Output.Error("See 'keelson --help'.");
        return ExitCodes.Failed;
    }
}
