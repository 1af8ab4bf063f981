using Keelson.Cli.Templates;

namespace Keelson.Cli.Listing;

/// <summary>A row of a listing: fields by name, as values or as functions that are called when the field is asked for.</summary>
internal sealed class Row : ITemplateObject
{
    private readonly Dictionary<string, object?> fields = new(StringComparer.Ordinal);

    /// <summary>Labels for the method <c>Label</c>; <see langword="null"/>: there is no such method.</summary>
    public Dictionary<string, string>? Labels { get; init; }

    /// <summary>Whether this is the row of headers, whose labels are their own names.</summary>
    public bool IsHeader { get; init; }

    /// <summary>Sets a field.</summary>
    public object? this[string name] { set => fields[name] = value; }

    public IEnumerable<KeyValuePair<string, object?>> Fields =>
        fields.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new KeyValuePair<string, object?>(pair.Key, Of(pair.Value)));

    public bool TryGet(string name, out object? value)
    {
        bool isThere = fields.TryGetValue(name, out value);
        value = Of(value);
        return isThere;
    }

    public bool TryCall(string name, object?[] arguments, out object? value)
    {
        value = null;
        if (name != "Label" || arguments is not [string label]) return false;
        if (IsHeader) value = label[(label.LastIndexOf('.') + 1)..].Replace('-', ' ').Replace('_', ' ');
        else value = Labels?.GetValueOrDefault(label) ?? "";
        return true;
    }

    private static object? Of(object? value) => value is Func<object?> function ? function() : value;
}
