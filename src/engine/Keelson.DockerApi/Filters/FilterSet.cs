using System.Text.Json;
using System.Text.RegularExpressions;
using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Filters;

/// <summary>Parameter <c>filters</c>: values by name. All names must hold, and of one name's values one.</summary>
/// <remarks>
/// <code>
/// {"label": {"a=b": true}, "status": {"exited": true}}      as clients write it since API v1.22
/// {"label": ["a=b"], "status": ["exited"]}                  as they did before, and as people type it
/// </code>
/// </remarks>
internal sealed class FilterSet
{
    /// <summary>Longest parameter, in characters.</summary>
    private const int LimitCharacters = 64 << 10;

    /// <summary>A pattern of a caller may not hold the daemon up.</summary>
    private static readonly TimeSpan PatternLimit = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, List<string>> values = [];

    /// <summary>Reads the parameter; an empty one filters nothing.</summary>
    /// <exception cref="ApiException">400: it is malformed, or a name is none of <paramref name="known"/>.</exception>
    public static FilterSet Parse(string text, params ReadOnlySpan<string> known)
    {
        FilterSet set = new();
        if (text.Length == 0) return set;
        if (text.Length > LimitCharacters) throw ApiException.BadRequest($"filters are longer than {LimitCharacters} characters");
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind == JsonValueKind.Null) return set;
            foreach (JsonProperty field in document.RootElement.EnumerateObject()) set.values[field.Name] = Values(field.Value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ApiException(400, "invalid filters: " + e.Message, e);
        }
        foreach (string name in set.values.Keys)
            if (!known.Contains(name)) throw ApiException.BadRequest($"Invalid filter '{name}'");
        return set;
    }

    /// <summary>Whether nothing is filtered.</summary>
    public bool IsEmpty => values.Count == 0;

    /// <summary>Whether a name is filtered by.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The values of a name.</summary>
    public IReadOnlyList<string> this[string name] => values.TryGetValue(name, out List<string>? found) ? found : [];

    /// <summary>Whether one of the values is this text, or the name is not filtered by.</summary>
    public bool Exact(string name, string text) => !Has(name) || this[name].Contains(text);

    /// <summary>Whether one of the values is this text or a pattern that is found in it, or the name is not filtered by.</summary>
    public bool Pattern(string name, string text)
    {
        if (Exact(name, text)) return true;
        foreach (string value in this[name])
        {
            try
            {
                if (Regex.IsMatch(text, value, RegexOptions.CultureInvariant, PatternLimit)) return true;
            }
            catch (ArgumentException)
            {
                // What is no pattern matches nothing, as with dockerd.
            }
            catch (RegexMatchTimeoutException e)
            {
                throw new ApiException(400, $"filter {name}: the pattern '{value}' takes too long", e);
            }
        }
        return false;
    }

    /// <summary>Whether this text begins with one of the values, or the name is not filtered by.</summary>
    public bool Prefix(string name, string text) => Exact(name, text) || this[name].Any(value => text.StartsWith(value, StringComparison.Ordinal));

    /// <summary>Whether every value, <c>key</c> or <c>key=value</c>, is among the labels.</summary>
    public bool Labels(string name, IReadOnlyDictionary<string, string>? labels) => this[name].All(wanted => HasLabel(wanted, labels));

    /// <summary>Whether none of the values is among the labels.</summary>
    public bool NoLabels(string name, IReadOnlyDictionary<string, string>? labels) => !this[name].Any(wanted => HasLabel(wanted, labels));

    /// <summary>A value that is true or false; <see langword="null"/> when the name is not filtered by.</summary>
    /// <exception cref="ApiException">400: it is neither.</exception>
    public bool? Flag(string name)
    {
        if (!Has(name)) return null;
        bool yes = this[name].Any(value => value is "1" or "true"), no = this[name].Any(value => value is "0" or "false");
        return yes != no ? yes : throw ApiException.BadRequest($"Invalid filter '{name}=[{string.Join(' ', this[name])}]'");
    }

    private static bool HasLabel(string wanted, IReadOnlyDictionary<string, string>? labels)
    {
        int equals = wanted.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? wanted : wanted[..equals];
        return labels is not null && labels.TryGetValue(key, out string? value) && (equals < 0 || value == wanted[(equals + 1)..]);
    }

    private static List<string> Values(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array) return [.. element.EnumerateArray().Select(value => value.GetString() ?? "")];
        List<string> chosen = [];
        foreach (JsonProperty value in element.EnumerateObject())
            if (value.Value.GetBoolean()) chosen.Add(value.Name);
        return chosen;
    }
}
