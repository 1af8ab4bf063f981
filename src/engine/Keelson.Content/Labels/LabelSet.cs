using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

#pragma warning disable CA1710 // The field says labels, and not a dictionary.

namespace Keelson.Content;

/// <summary>Labels of an object: keys with values, in the order of their keys. A set never changes; a change makes another one.</summary>
public sealed class LabelSet : IReadOnlyDictionary<string, string>, IEquatable<LabelSet>
{
    /// <summary>The most that a key and its value hold together, in bytes of UTF-8; as containerd.</summary>
    public const int LimitBytes = 4096;

    private readonly string[] keys, values;

    private LabelSet(string[] keys, string[] values)
    {
        this.keys = keys;
        this.values = values;
    }

    /// <summary>No labels.</summary>
    public static LabelSet Empty { get; } = new([], []);

    /// <inheritdoc/>
    public int Count => keys.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => values;

    /// <inheritdoc/>
    public string this[string key] => TryGetValue(key, out string? value) ? value : throw new KeyNotFoundException(key);

    /// <summary>Makes a set; of a key that comes twice the last value counts.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is empty, or key and value are longer than <see cref="LimitBytes"/>.</exception>
    public static LabelSet From(IEnumerable<KeyValuePair<string, string>> labels)
    {
        if (labels is LabelSet set) return set;
        SortedDictionary<string, string> sorted = new(StringComparer.Ordinal);
        foreach ((string key, string value) in labels)
        {
            Check(key, value);
            sorted[key] = value;
        }
        return sorted.Count == 0 ? Empty : new([.. sorted.Keys], [.. sorted.Values]);
    }

    /// <summary>Makes a set of pairs.</summary>
    /// <inheritdoc cref="From" path="/exception"/>
    public static LabelSet Of(params ReadOnlySpan<(string Key, string Value)> labels)
    {
        List<KeyValuePair<string, string>> list = new(labels.Length);
        foreach ((string key, string value) in labels) list.Add(new(key, value));
        return From(list);
    }

    /// <summary>Takes over what was checked before: sorted keys, and their values.</summary>
    internal static LabelSet Trusted(string[] keys, string[] values) => keys.Length == 0 ? Empty : new(keys, values);

    /// <summary>This set with one label set.</summary>
    /// <inheritdoc cref="From" path="/exception"/>
    public LabelSet With(string key, string value) => From([.. this, new(key, value)]);

    /// <summary>This set without a label.</summary>
    public LabelSet Without(string key) => ContainsKey(key) ? From(this.Where(label => label.Key != key)) : this;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Array.BinarySearch(keys, key, StringComparer.Ordinal) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        int at = Array.BinarySearch(keys, key, StringComparer.Ordinal);
        value = at >= 0 ? values[at] : null;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator()
    {
        for (int i = 0; i < keys.Length; i++) yield return new(keys[i], values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(LabelSet? other) => other is not null && keys.AsSpan().SequenceEqual(other.keys) && values.AsSpan().SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LabelSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = new();
        foreach (string key in keys) hash.Add(key);
        foreach (string value in values) hash.Add(value);
        return hash.ToHashCode();
    }

    private static void Check(string key, string value)
    {
        if (key.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "label '': its key is empty");
        int bytes = Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        if (bytes > LimitBytes)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"label '{key[..Math.Min(key.Length, 64)]}': key and value have {bytes} bytes, more than {LimitBytes}");
    }
}
