namespace Keelson.Daemon.Configuration;

/// <summary>A value of a TOML document and where it stands.</summary>
/// <param name="Value">A <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, a list of values, or a table: a dictionary of them.</param>
/// <param name="Line">The line where it begins, from 1.</param>
internal sealed record TomlValue(object Value, int Line)
{
    /// <summary>A fresh table.</summary>
    public static TomlValue NewTable(int line) => new(new Dictionary<string, TomlValue>(StringComparer.Ordinal), line);

    /// <summary>The table that this is; <see langword="null"/> for another value.</summary>
    public Dictionary<string, TomlValue>? Table => Value as Dictionary<string, TomlValue>;
}
