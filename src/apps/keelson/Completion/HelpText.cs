using System.Text;
using Keelson.Cli.Commands;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;

namespace Keelson.Cli.Completion;

/// <summary>The help, made of the tables that the parser reads.</summary>
internal static class HelpText
{
    /// <summary>All commands.</summary>
    public static string Overview()
    {
        TextTable groups = new(), commands = new();
        foreach ((string name, string summary) in CommandTable.Groups.Where(group => !group.Name.Contains(' ', StringComparison.Ordinal))) groups.Add("  " + name, summary);
        foreach ((string name, Command command) in CommandTable.All().Where(entry => !entry.Name.Contains(' ', StringComparison.Ordinal)).OrderBy(entry => entry.Name, StringComparer.Ordinal))
            commands.Add("  " + name, command.Summary);
        return $"Usage: keelson [options] COMMAND\n\nRuns containers, with keelsond or any other engine that speaks the Docker Engine API.\n\nOptions:\n{Options(Dispatcher.GlobalOptions)}\n"
            + $"Groups:\n{groups}\nCommands:\n{commands}\n'keelson COMMAND --help' tells more of a command.\n";
    }

    /// <summary>The commands of a group.</summary>
    public static string Group(string group)
    {
        TextTable commands = new();
        foreach ((string name, Command command) in CommandTable.All())
            if (name.StartsWith(group + " ", StringComparison.Ordinal) && !name.AsSpan(group.Length + 1).Contains(' '))
                commands.Add("  " + name[(group.Length + 1)..], command.Summary);
        foreach ((string name, string summary) in CommandTable.Groups)
            if (name.StartsWith(group + " ", StringComparison.Ordinal))
                commands.Add("  " + name[(group.Length + 1)..], summary);
        string about = Sentence(CommandTable.Groups.First(entry => entry.Name == group).Summary);
        return $"Usage: keelson {group} COMMAND\n\n{about}\n\nCommands:\n{commands}\n'keelson {group} COMMAND --help' tells more of a command.\n";
    }

    /// <summary>One command.</summary>
    public static string Of(string name, Command command)
    {
        string text = $"Usage: keelson {name} {command.Usage}\n\n{Sentence(command.Summary)}\n";
        return command.Options.Length == 0 ? text : $"{text}\nOptions:\n{Options(command.Options)}";
    }

    private static string Sentence(string summary) => char.ToUpperInvariant(summary[0]) + summary[1..] + ".";

    private static string Options(Option[] options)
    {
        TextTable table = new();
        foreach (Option option in options)
        {
            StringBuilder names = new(option.Short == '\0' ? "      " : $"  -{option.Short}, ");
            names.Append("--").Append(option.Name);
            if (option.Kind != OptionKind.Flag) names.Append(' ').Append(option.ValueName);
            table.Add(names.ToString(), option.Help);
        }
        return table.ToString();
    }
}
