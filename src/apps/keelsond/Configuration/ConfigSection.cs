using System.Globalization;
using Keelson.Toml;

namespace Keelson.Daemon.Configuration;

/// <summary>One table of the configuration, whose keys are taken out one by one; what is left in the end is unknown.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="path">Names of the tables above, each with a dot behind it.</param>
/// <param name="table">The keys.</param>
internal sealed class ConfigSection(string file, string path, IReadOnlyDictionary<string, TomlValue> table)
{
    private readonly HashSet<string> taken = [];

    /// <summary>What nobody has taken.</summary>
    public IEnumerable<KeyValuePair<string, TomlValue>> Rest => table.Where(entry => !taken.Contains(entry.Key));

    /// <summary>A text; <see langword="null"/> when there is none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type.</exception>
    public string? Text(string key) => Take(key) switch { null => null, string text => text, EnvironmentText text => text.Text, _ => throw Wrong(key, "expected a string") };

    /// <summary>An integer.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type or is out of range.</exception>
    public long Integer(string key, long standard, long least, long most) => Take(key) switch
    {
        null => standard,
        long value when value >= least && value <= most => value,
        EnvironmentText text when long.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most => value,
        _ => throw Wrong(key, $"expected an integer from {least} to {most}"),
    };

    /// <summary>A list of texts; an empty one when there is none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type.</exception>
    public IReadOnlyList<string> Texts(string key) => Values<string>(key, "expected a list of strings");

    /// <summary>A list of integers from 0 on; an empty one when there is none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type or one is out of range.</exception>
    public IReadOnlyList<uint> Ids(string key)
    {
        string expected = string.Create(CultureInfo.InvariantCulture, $"expected a list of integers from 0 to {uint.MaxValue}");
        IReadOnlyList<long> values = Values<long>(key, expected);
        return values.All(value => value is >= 0 and <= uint.MaxValue) ? [.. values.Select(value => (uint)value)] : throw Wrong(key, expected);
    }

    /// <summary>Yes or no.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type.</exception>
    public bool Switch(string key, bool standard) => Take(key) switch
    {
        null => standard,
        bool value => value,
        EnvironmentText { Text: "true" } => true,
        EnvironmentText { Text: "false" } => false,
        _ => throw Wrong(key, "expected true or false"),
    };

    /// <summary>Names of all keys that nobody has taken, in the order of the text.</summary>
    public IReadOnlyList<string> Keys => [.. Rest.Select(entry => entry.Key)];

    /// <summary>Names of the tables that nobody has taken, in the order of the text.</summary>
    public IReadOnlyList<string> Tables => [.. Rest.Where(entry => entry.Value.Table is not null).Select(entry => entry.Key)];

    /// <summary>A number.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it has another type or is out of range.</exception>
    public double Real(string key, double standard, double least, double most)
    {
        object? found = Take(key);
        if (found is null) return standard;
        double value = found switch { double real => real, long integer => integer, _ => double.NaN };
        return value >= least && value <= most ? value : throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"expected a number from {least} to {most}"));
    }

    /// <summary>A duration as Go writes it: <c>"1m30s"</c>, <c>"100ms"</c>; a bare <c>"0"</c> too.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none.</exception>
    public TimeSpan Duration(string key, TimeSpan standard)
    {
        string? text = Text(key);
        if (text is null or "") return standard;
        return GoDuration.Parse(text) is { Ticks: >= 0 } duration ? duration : throw Wrong(key, $"'{text}' is no duration, such as 100ms");
    }

    /// <summary>A table; an empty one when there is none.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no table.</exception>
    public ConfigSection Section(string key) => new(file, $"{path}{key}.", Take(key) switch
    {
        null => new OrderedDictionary<string, TomlValue>(),
        OrderedDictionary<string, TomlValue> inner => inner,
        _ => throw Wrong(key, "expected a table"),
    });

    /// <summary>A list of tables, <c>[[key]]</c>; none when it is not there.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no list of tables.</exception>
    public IReadOnlyList<ConfigSection> Sections(string key) => Take(key) switch
    {
        null => [],
        IReadOnlyList<TomlValue> list when list.All(value => value.Table is not null) => [.. list.Select((value, index) => new ConfigSection(file, string.Create(CultureInfo.InvariantCulture, $"{path}{key}[{index}]."), value.Table!))],
        _ => throw Wrong(key, "expected a list of tables"),
    };

    /// <summary>One text or a list of them.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is neither.</exception>
    public IReadOnlyList<string> TextOrTexts(string key) => table.GetValueOrDefault(key)?.Value is IReadOnlyList<TomlValue> ? Texts(key) : Text(key) is { } text ? [text] : [];

    /// <summary>Refuses what nobody has taken.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: there is something.</exception>
    public void End()
    {
        foreach ((string key, _) in Rest) throw Wrong(key, "the key is unknown");
    }

    /// <summary>An error about a key.</summary>
    public KeelsonException Wrong(string key, string message) =>
        new(ErrorKind.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"read configuration {file}: line {table.GetValueOrDefault(key)?.Line ?? 1}: {path}{key}: {message}"));

    private IReadOnlyList<T> Values<T>(string key, string expected)
    {
        if (Take(key) is not { } found) return [];
        if (found is EnvironmentText text && typeof(T) == typeof(string)) return [.. text.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Cast<T>()];
        return found is IReadOnlyList<TomlValue> list && list.All(value => value.Value is T) ? [.. list.Select(value => (T)value.Value)] : throw Wrong(key, expected);
    }

    private object? Take(string key)
    {
        taken.Add(key);
        return table.GetValueOrDefault(key)?.Value;
    }
}
