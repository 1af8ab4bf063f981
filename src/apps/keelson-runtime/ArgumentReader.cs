namespace Keelson.RuntimeCli;

/// <summary>Reads options and positional arguments in the ways that the runtime's callers write them.</summary>
/// <remarks>
/// <c>--name value</c>, <c>--name=value</c>, <c>-n value</c>; one dash before a long name is accepted as Go's flag package does; <c>--</c> ends
/// the options. A small reader of our own: a command line library costs several milliseconds at start-up.
/// </remarks>
internal sealed class ArgumentReader(string[] arguments)
{
    private int next;
    private bool optionsEnded;
    private string? inlineValue;

    /// <summary>Index of the next argument.</summary>
    public int Position => next;

    /// <summary>The next argument if it is an option, without its dashes.</summary>
    public string? NextOption()
    {
        if (inlineValue is not null) throw Wrong($"option --{current} takes no value");
        if (optionsEnded || next == arguments.Length) return null;
        string argument = arguments[next];
        if (argument == "--")
        {
            next++;
            optionsEnded = true;
            return null;
        }
        // A negative number is an argument: kill ID -1.
        if (argument.Length < 2 || argument[0] != '-' || char.IsAsciiDigit(argument[1])) return null;
        next++;
        string name = argument.TrimStart('-');
        int equals = name.IndexOf('=');
        if (equals >= 0) (name, inlineValue) = (name[..equals], name[(equals + 1)..]);
        return current = name;
    }

    private string current = "";

    /// <summary>The value of the option that was read last.</summary>
    public string Value()
    {
        if (inlineValue is { } inline)
        {
            inlineValue = null;
            return inline;
        }
        if (next == arguments.Length) throw Wrong($"option --{current} needs a value");
        return arguments[next++];
    }

    /// <summary>Whether a switch is on: <c>--name</c>, or <c>--name=false</c>.</summary>
    public bool Switch()
    {
        if (inlineValue is not { } inline) return true;
        inlineValue = null;
        return inline switch
        {
            "true" or "1" or "t" => true,
            "false" or "0" or "f" => false,
            _ => throw Wrong($"option --{current}: '{inline}' is neither true nor false"),
        };
    }

    /// <summary>The value of the option that was read last, as a number.</summary>
    public long Number()
    {
        string text = Value();
        if (!long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out long number))
            throw Wrong($"option --{current}: '{text}' is not a number");
        return number;
    }

    /// <summary>The value of the option that was read last, which must be one of two words; whether it is the second.</summary>
    public bool Choice(string first, string second)
    {
        string text = Value();
        if (text == first || text == second) return text == second;
        throw Wrong($"option --{current}: '{text}' is neither {first} nor {second}");
    }

    /// <summary>The next argument that is no option; <see langword="null"/> at the end.</summary>
    public string? NextPositional() => next < arguments.Length ? arguments[next++] : null;

    /// <summary>The next argument that is no option.</summary>
    /// <param name="what">Its name in the usage.</param>
    public string RequirePositional(string what) => NextPositional() ?? throw Wrong($"{what} is missing");

    /// <summary>All arguments that are left.</summary>
    public string[] Rest()
    {
        if (!optionsEnded && next < arguments.Length && arguments[next] == "--") next++;
        string[] rest = arguments[next..];
        next = arguments.Length;
        return rest;
    }

    /// <summary>Reads everything: options and positional arguments in any order.</summary>
    /// <param name="option">Takes the name of each option, and reads its value.</param>
    /// <param name="most">How many positional arguments there may be.</param>
    /// <returns>The positional arguments.</returns>
    public List<string> ReadAll(Action<string> option, int most)
    {
        List<string> positional = [];
        while (true)
        {
            while (NextOption() is { } name) option(name);
            if (NextPositional() is not { } argument) return positional;
            if (positional.Count == most) throw Wrong($"'{argument}' is one argument too many");
            positional.Add(argument);
        }
    }

    /// <summary>Reads options in any order around the one positional argument, a container's ID.</summary>
    /// <param name="option">Takes the name of each option, and reads its value.</param>
    public string ReadId(Action<string> option) => ReadAll(option, 1) is [var id] ? id : throw Wrong("the container's ID is missing");

    /// <summary>Whether the next argument asks for help.</summary>
    public bool AsksForHelp => next < arguments.Length && arguments[next] is "--help" or "-h" or "-help";

    /// <summary>Fails when an argument is left.</summary>
    public void End()
    {
        if (next < arguments.Length) throw Wrong($"'{arguments[next]}' is one argument too many");
    }

    /// <summary>The error of an option that a command does not have.</summary>
    public KeelsonException Unknown() => Wrong($"option --{current} is not known");

    private static KeelsonException Wrong(string message) => new(ErrorKind.InvalidArgument, "command line: " + message);
}
