namespace Keelson.Cli.Parsing;

/// <summary>Reads the arguments of a command, in the forms that docker's command line takes.</summary>
/// <remarks><c>--name value</c>, <c>--name=value</c>, <c>-n value</c>, <c>-nvalue</c>, <c>-n=value</c>, flags together as <c>-it</c>, <c>--</c> before words.</remarks>
internal static class CommandLineParser
{
    /// <summary>Reads arguments.</summary>
    /// <exception cref="UsageException">An option is not known or lacks its value.</exception>
    public static Arguments Parse(ReadOnlySpan<string> arguments, Option[] options, bool stopsAtArgument)
    {
        Arguments result = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                result.Words.AddRange(arguments[(i + 1)..]);
                return result;
            }
            if (argument.Length < 2 || argument[0] != '-')
            {
                if (stopsAtArgument)
                {
                    result.Words.AddRange(arguments[i..]);
                    return result;
                }
                result.Words.Add(argument);
            }
            else if (argument[1] == '-') ReadLong(arguments, ref i, options, result);
            else ReadShort(arguments, ref i, options, result);
        }
        return result;
    }

    private static void ReadLong(ReadOnlySpan<string> arguments, ref int i, Option[] options, Arguments result)
    {
        string argument = arguments[i];
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument[2..] : argument[2..equals];
        Option? option = Array.Find(options, o => o.Name == name);
        if (option is null)
        {
            if (name == "help") { result.AsksForHelp = true; return; }
            throw new UsageException($"unknown option --{name}");
        }
        if (equals >= 0) Add(result, option, argument[(equals + 1)..]);
        else if (option.Kind == OptionKind.Flag) Add(result, option, "true");
        else if (i + 1 < arguments.Length) Add(result, option, arguments[++i]);
        else throw new UsageException($"option --{name} needs a value");
    }

    private static void ReadShort(ReadOnlySpan<string> arguments, ref int i, Option[] options, Arguments result)
    {
        string argument = arguments[i];
        for (int at = 1; at < argument.Length; at++)
        {
            char letter = argument[at];
            Option? option = Array.Find(options, o => o.Short == letter);
            if (option is null)
            {
                if (letter == 'h' && argument.Length == 2) { result.AsksForHelp = true; return; }
                throw new UsageException($"unknown option -{letter}" + (argument.Length > 2 ? $" in {argument}" : ""));
            }
            string rest = argument[(at + 1)..];
            if (option.Kind == OptionKind.Flag)
            {
                if (!rest.StartsWith('=')) { Add(result, option, "true"); continue; }
                Add(result, option, rest[1..]);
            }
            else if (rest.Length > 0) Add(result, option, rest[0] == '=' ? rest[1..] : rest);
            else if (i + 1 < arguments.Length) Add(result, option, arguments[++i]);
            else throw new UsageException($"option -{letter} needs a value");
            return;
        }
    }

    private static void Add(Arguments result, Option option, string value)
    {
        if (option.Kind == OptionKind.Flag)
        {
            value = value.ToLowerInvariant() switch
            {
                "1" or "t" or "true" => "true",
                "0" or "f" or "false" => "false",
                _ => throw new UsageException($"option --{option.Name}: '{value}' is neither true nor false"),
            };
        }
        result.Add(option.Name, value);
    }

    /// <summary>Checks the number of arguments.</summary>
    public static void CheckCount(Arguments arguments, Command command)
    {
        int count = arguments.Words.Count;
        if (count >= command.Least && count <= command.Most) return;
        string wanted = command.Most == 0 ? "no arguments"
            : command.Least == command.Most ? $"exactly {Count(command.Least)}"
            : count < command.Least ? $"at least {Count(command.Least)}"
            : $"at most {Count(command.Most)}";
        throw new UsageException($"needs {wanted}, got {count}", exitCode: 1);
    }

    private static string Count(int number) => number == 1 ? "1 argument" : $"{number} arguments";
}
