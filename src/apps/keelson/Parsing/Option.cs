namespace Keelson.Cli.Parsing;

/// <summary>An option of a command: what the parser, the help and the completion know of it.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Short">The letter of its short form, or 0.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Help">One sentence.</param>
internal sealed record Option(string Name, char Short, OptionKind Kind, string Help)
{
    /// <summary>What stands for the value in the help.</summary>
    public string ValueName { get; init; } = "value";

    /// <summary>What completion offers for the value.</summary>
    public string Completes { get; init; } = "";

    /// <summary>A flag. <paramref name="names"/>: <c>"all"</c> or <c>"a,all"</c>.</summary>
    public static Option Flag(string names, string help) => Of(names, OptionKind.Flag, help);

    /// <summary>An option with one value.</summary>
    public static Option Value(string names, string valueName, string help, string completes = "") => Of(names, OptionKind.Value, help) with { ValueName = valueName, Completes = completes };

    /// <summary>An option that may be given again and again.</summary>
    public static Option List(string names, string valueName, string help, string completes = "") => Of(names, OptionKind.List, help) with { ValueName = valueName, Completes = completes };

    private static Option Of(string names, OptionKind kind, string help) =>
        names.Length > 2 && names[1] == ',' ? new(names[2..], names[0], kind, help) : new(names, '\0', kind, help);
}
