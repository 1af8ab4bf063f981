using System.Globalization;

namespace Keelson.Cli.Parsing;

/// <summary>A command line that was read.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> options = [];

    /// <summary>What is no option.</summary>
    public List<string> Words { get; } = [];

    /// <summary>Whether help was asked for.</summary>
    public bool AsksForHelp { get; set; }

    /// <summary>The argument at a place, or <see langword="null"/>.</summary>
    public string? Word(int index) => index < Words.Count ? Words[index] : null;

    /// <summary>Whether an option was given.</summary>
    public bool Has(string name) => options.ContainsKey(name);

    /// <summary>Whether a flag is set.</summary>
    public bool Flag(string name, bool otherwise = false) => Value(name) is { } value ? value == "true" : otherwise;

    /// <summary>The value of an option, or <see langword="null"/>.</summary>
    public string? Value(string name) => options.TryGetValue(name, out List<string>? values) ? values[^1] : null;

    /// <summary>All values of an option.</summary>
    public IReadOnlyList<string> List(string name) => options.TryGetValue(name, out List<string>? values) ? values : [];

    /// <summary>The value of an option as an array, or <see langword="null"/> when it was not given.</summary>
    public string[]? ListOrNull(string name) => options.TryGetValue(name, out List<string>? values) ? [.. values] : null;

    /// <summary>The value of an option as a whole number, or <see langword="null"/>.</summary>
    public long? Number(string name)
    {
        if (Value(name) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)) return number;
        throw new UsageException($"option --{name}: '{text}' is not a whole number");
    }

    /// <summary>Adds a value.</summary>
    public void Add(string name, string value)
    {
        if (!options.TryGetValue(name, out List<string>? values)) options[name] = values = [];
        values.Add(value);
    }
}
