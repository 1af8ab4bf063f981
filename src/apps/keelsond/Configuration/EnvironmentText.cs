using System.Collections;
using Keelson.Toml;

namespace Keelson.Daemon.Configuration;

/// <summary>A value of the configuration that the environment gives: a text for whatever type the key has.</summary>
internal sealed record EnvironmentText(string Text)
{
    /// <summary>Puts variables into a configuration, in place of what the file says: <c>PREFIX_HTTP_ADDR</c> is the key <c>addr</c> of the table <c>http</c>.</summary>
    /// <param name="root">The configuration.</param>
    /// <param name="prefix">What the names of the variables begin with, the underscore included.</param>
    /// <param name="variables">The environment.</param>
    public static void Apply(TomlValue root, string prefix, IDictionary variables)
    {
        foreach (DictionaryEntry variable in variables)
        {
            if (variable is not { Key: string name, Value: string value } || !name.StartsWith(prefix, StringComparison.Ordinal) || name.Length == prefix.Length) continue;
            Put(root, name[prefix.Length..].ToLowerInvariant().Split('_'), value);
        }
    }

    /// <summary>The same for keys whose names have underscores themselves: <c>PREFIX_SERVER_HTTP_ADDR</c> is the key <c>http_addr</c> of the table <c>server</c>.</summary>
    /// <param name="root">The configuration.</param>
    /// <param name="prefix">What the names of the variables begin with, the underscore included.</param>
    /// <param name="keys">All keys, with dots between tables and keys.</param>
    /// <param name="variables">The environment.</param>
    public static void Apply(TomlValue root, string prefix, IReadOnlyList<string> keys, IDictionary variables)
    {
        foreach (string key in keys)
            if (variables[prefix + key.Replace('.', '_').ToUpperInvariant()] is string value) Put(root, key.Split('.'), value);
    }

    private static void Put(TomlValue root, ReadOnlySpan<string> words, string value)
    {
        OrderedDictionary<string, TomlValue> table = root.Table!;
        foreach (string word in words[..^1])
        {
            if (table.GetValueOrDefault(word)?.Table is null) table[word] = TomlValue.NewTable(0);
            table = table[word].Table!;
        }
        table[words[^1]] = new(new EnvironmentText(value), 0);
    }
}
