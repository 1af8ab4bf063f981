namespace Keelson.Toml;

/// <summary>A value of a TOML document and where it stands.</summary>
/// <param name="Value">A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list of values, or a table: a dictionary of them in the order of the text.</param>
/// <param name="Line">The line where it begins, from 1.</param>
public sealed record TomlValue(object Value, int Line)
{
    /// <summary>A fresh table.</summary>
    public static TomlValue NewTable(int line) => new(new OrderedDictionary<string, TomlValue>(StringComparer.Ordinal), line);

    /// <summary>The table that this is; <see langword="null"/> for another value.</summary>
    public OrderedDictionary<string, TomlValue>? Table => Value as OrderedDictionary<string, TomlValue>;
}
