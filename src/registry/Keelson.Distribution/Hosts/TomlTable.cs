using Keelson.Toml;

namespace Keelson.Distribution;

/// <summary>A table of hosts.toml, whose entries have known types.</summary>
/// <param name="document">The file, for messages.</param>
/// <param name="values">The entries in the order of the text.</param>
internal sealed class TomlTable(string document, OrderedDictionary<string, TomlValue> values)
{
    public IReadOnlyList<string> Keys => values.Keys;

    /// <summary>Reads a document.</summary>
    /// <exception cref="KeelsonException">InvalidArgument, with the line.</exception>
    public static TomlTable Parse(string text, string document) => new(document, new TomlReader(document, text).Read().Table!);

    public TomlTable? Table(string key) => Get<OrderedDictionary<string, TomlValue>>(key, "a table") is { } table ? new(document, table) : null;

    public string? String(string key) => Get<string>(key, "a string");

    public bool? Boolean(string key) => Find(key) switch { null => null, bool value => value, _ => throw Wrong(key, "true or false") };

    /// <summary>One string or a list of strings.</summary>
    public IReadOnlyList<string>? Strings(string key) => Find(key) switch
    {
        null => null,
        string one => [one],
        List<TomlValue> many when many.All(item => item.Value is string) => [.. many.Select(item => (string)item.Value)],
        _ => throw Wrong(key, "a string or a list of strings"),
    };

    /// <summary>One string, a list of strings, or a list of lists of one or two strings.</summary>
    public IEnumerable<(string First, string? Second)> Pairs(string key) => Find(key) switch
    {
        null => [],
        string one => [(one, null)],
        List<TomlValue> many => many.Select(item => item.Value switch
        {
            string one => (one, (string?)null),
            List<TomlValue> { Count: 1 } pair when pair[0].Value is string first => (first, null),
            List<TomlValue> { Count: 2 } pair when pair[0].Value is string first && pair[1].Value is string second => (first, second is "" ? null : second),
            _ => throw Wrong(key, "a list of pairs of strings"),
        }),
        _ => throw Wrong(key, "a list of pairs of strings"),
    };

    private object? Find(string key) => values.GetValueOrDefault(key)?.Value;

    private T? Get<T>(string key, string what) where T : class => Find(key) is not { } value ? null : value as T ?? throw Wrong(key, what);

    private KeelsonException Wrong(string key, string what) => new(ErrorKind.InvalidArgument, $"read {document}: line {values[key].Line}: {key} is not {what}");
}
