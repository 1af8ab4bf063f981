namespace Keelson.Content;

/// <summary>Paths of an update call: which fields of an object it changes.</summary>
internal static class FieldMask
{
    /// <summary>Applies the paths that name labels; hands over the others.</summary>
    /// <param name="what">The object, for messages: <c>content sha256:..</c>.</param>
    /// <param name="current">Its labels.</param>
    /// <param name="wanted">The labels of the call.</param>
    /// <param name="paths"><c>labels</c>, <c>labels.KEY</c> and others.</param>
    /// <param name="other">Takes a path that does not name labels, and says whether it knows it.</param>
    public static LabelSet Apply(string what, LabelSet current, LabelSet wanted, IReadOnlyCollection<string> paths, Func<string, bool>? other = null)
    {
        foreach (string path in paths)
            if (path == "labels") current = wanted;
            else if (path.StartsWith("labels.", StringComparison.Ordinal) && path.Length > 7) current = One(current, wanted, path[7..]);
            else if (other?.Invoke(path) != true) throw new KeelsonException(ErrorKind.InvalidArgument, $"update {what}: its field '{path}' cannot be changed");
        return current;
    }

    /// <summary>Takes one label over, or removes it when the call has none or an empty one.</summary>
    public static LabelSet One(LabelSet current, LabelSet wanted, string key) => wanted.TryGetValue(key, out string? value) && value.Length > 0 ? current.With(key, value) : current.Without(key);
}
