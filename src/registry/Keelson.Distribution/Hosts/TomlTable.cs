namespace Keelson.Distribution;

/// <summary>A table of a TOML document; its entries in the order of the text.</summary>
internal sealed class TomlTable(string document)
{
    private readonly Dictionary<string, object> values = new(StringComparer.Ordinal);
    private readonly List<string> keys = [];

    public IReadOnlyList<string> Keys => keys;

    /// <summary>Adds an entry: a string, a <see cref="bool"/>, a number as <see cref="long"/>, a <see cref="TomlTable"/> or a list of such.</summary>
    public bool TryAdd(string key, object value)
    {
        if (!values.TryAdd(key, value)) return false;
        keys.Add(key);
        return true;
    }

    public object? Find(string key) => values.GetValueOrDefault(key);

    public TomlTable? Table(string key) => Get<TomlTable>(key, "a table");

    public string? String(string key) => Get<string>(key, "a string");

    public bool? Boolean(string key) => Find(key) is null ? null : Find(key) is bool value ? value : throw Wrong(key, "true or false");

    /// <summary>One string or a list of strings.</summary>
    public IReadOnlyList<string>? Strings(string key) => Find(key) switch
    {
        null => null,
        string one => [one],
        List<object> many when many.All(item => item is string) => [.. many.Cast<string>()],
        _ => throw Wrong(key, "a string or a list of strings"),
    };

    /// <summary>One string, a list of strings, or a list of lists of one or two strings.</summary>
    public IEnumerable<(string First, string? Second)> Pairs(string key) => Find(key) switch
    {
        null => [],
        string one => [(one, null)],
        List<object> many => many.Select(item => item switch
        {
            string one => (one, (string?)null),
            List<object> { Count: 1 } pair when pair[0] is string first => (first, null),
            List<object> { Count: 2 } pair when pair[0] is string first && pair[1] is string second => (first, second is "" ? null : second),
            _ => throw Wrong(key, "a list of pairs of strings"),
        }),
        _ => throw Wrong(key, "a list of pairs of strings"),
    };

    private T? Get<T>(string key, string what) where T : class => Find(key) is null ? null : Find(key) as T ?? throw Wrong(key, what);

    private KeelsonException Wrong(string key, string what) => new(ErrorKind.InvalidArgument, $"read {document}: {key} is not {what}");
}
