using Keelson.Cli.Commands;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Completion;

/// <summary>Offers words for the last one of a command line: a line each, with a tab and a description. <c>:files</c> asks the shell for files.</summary>
internal static class Completer
{
    /// <summary>Prints what fits.</summary>
    /// <param name="words">The words after the program's name; the last one is being typed.</param>
    /// <param name="host">The engine, for names of containers and the like.</param>
    public static int Run(ReadOnlySpan<string> words, string? host)
    {
        foreach ((string word, string description) in Candidates(words.ToArray(), host)) Session.Print(description.Length > 0 ? $"{word}\t{description}" : word);
        return 0;
    }

    /// <summary>The words that fit.</summary>
    public static IEnumerable<(string Word, string Description)> Candidates(string[] words, string? host)
    {
        string last = words.Length > 0 ? words[^1] : "";
        if (words.Length <= 1) return Fitting(last, Names(""));
        string before = string.Join(' ', words[..^1]);
        if (CommandTable.IsGroup(before)) return Fitting(last, Names(before + " "));
        (_, Command? command, int count) = CommandTable.Find(words);
        if (command is null || words.Length <= count) return [];
        return OfCommand(command, words[count..^1], last, host);
    }

    private static IEnumerable<(string, string)> OfCommand(Command command, string[] before, string last, string? host)
    {
        if (before.Length > 0 && Pending(command, before[^1]) is { } option) return Fitting(last, Objects(option.Completes, host));
        if (last.StartsWith('-'))
            return Fitting(last, command.Options.Select(o => ("--" + o.Name, o.Help)));
        bool hasWord;
        try
        {
            hasWord = CommandLineParser.Parse(before, command.Options, command.StopsAtArgument).Words.Count > 0;
        }
        catch (UsageException)
        {
            return [];
        }
        return command.StopsAtArgument && hasWord ? [(":files", "")] : Fitting(last, Objects(command.Completes, host));
    }

    /// <summary>The option that waits for its value.</summary>
    private static Option? Pending(Command command, string word)
    {
        if (word.Length < 2 || word[0] != '-' || word.Contains('=', StringComparison.Ordinal)) return null;
        Option? option = word[1] == '-' ? Array.Find(command.Options, o => o.Name == word[2..]) : Array.Find(command.Options, o => o.Short == word[^1]);
        return option is { Kind: not OptionKind.Flag } ? option : null;
    }

    private static IEnumerable<(string, string)> Names(string prefix) => CommandTable.All()
        .Where(entry => entry.Name.StartsWith(prefix, StringComparison.Ordinal) && entry.Name.AsSpan(prefix.Length).IndexOf(' ') < 0)
        .Select(entry => (entry.Name[prefix.Length..], entry.Command.Summary))
        .Concat(CommandTable.Groups.Where(group => group.Name.StartsWith(prefix, StringComparison.Ordinal) && !group.Name.AsSpan(prefix.Length).Contains(' ')).Select(group => (group.Name[prefix.Length..], group.Summary)));

    private static IEnumerable<(string, string)> Fitting(string begin, IEnumerable<(string Word, string Description)> candidates) =>
        candidates.Where(candidate => candidate.Word.StartsWith(begin, StringComparison.Ordinal) || candidate.Word == ":files");

    private static IEnumerable<(string, string)> Objects(string kind, string? host)
    {
        if (kind is "files") return [(":files", "")];
        if (kind is "shells") return [("bash", ""), ("zsh", ""), ("fish", "")];
        if (kind.Length == 0) return [];
        try
        {
            using DockerClient client = new(DockerHost.Resolve(host));
            return kind switch
            {
                "containers" or "running" => [.. client.ListContainers(all: kind == "containers").Select(c => ((c.Names ?? [c.Id])[0].TrimStart('/'), $"{c.Image}, {c.Status}"))],
                "images" => [.. client.ListImages().SelectMany(image => image.RepoTags ?? []).Where(name => name != "<none>:<none>").Select(name => (name, ""))],
                "volumes" => [.. (client.ListVolumes().Volumes ?? []).Select(volume => (volume.Name, volume.Driver))],
                "networks" => [.. client.ListNetworks().Select(network => (network.Name, network.Driver))],
                _ => [],
            };
        }
        catch (KeelsonException)
        {
            // Without an engine there is nothing to offer.
            return [];
        }
    }
}
