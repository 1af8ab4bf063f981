using System.Text.Json;

namespace Keelson.Docker;

/// <summary>Filters of lists, events and prune: by name, the values of which one has to hold.</summary>
public sealed class Filters
{
    private readonly Dictionary<string, string[]> values = [];

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsEmpty => values.Count == 0;

    /// <summary>Adds a value.</summary>
    public Filters Add(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        values[name] = [.. values.GetValueOrDefault(name, []), value];
        return this;
    }

    /// <summary>Whether a filter of this name is there.</summary>
    public bool Contains(string name) => values.ContainsKey(name);

    /// <summary>As the API takes them.</summary>
    public override string ToString() => JsonSerializer.Serialize(values, DockerJson.Default.DictionaryStringStringArray);
}
