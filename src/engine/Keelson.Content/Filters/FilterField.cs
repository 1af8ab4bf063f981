namespace Keelson.Content;

/// <summary>Helps to write <see cref="IFilterable.TryGetField"/>.</summary>
public static class FilterField
{
    /// <summary>A label: the parts after the first are its key, joined by dots.</summary>
    /// <param name="labels">All labels.</param>
    /// <param name="path">The whole path: <c>labels</c>, <c>io</c>, <c>cri</c> asks for <c>io.cri</c>.</param>
    /// <param name="value">The label's value; empty when it is not there.</param>
    public static bool TryGetLabel(IReadOnlyDictionary<string, string> labels, IReadOnlyList<string> path, out string value)
    {
        value = "";
        if (path.Count < 2 || !labels.TryGetValue(path.Count == 2 ? path[1] : string.Join('.', path.Skip(1)), out string? found)) return false;
        value = found;
        return true;
    }

    /// <summary>A text, which is there unless it is empty.</summary>
    public static bool Text(string? text, out string value) => (value = text ?? "").Length > 0;

    /// <summary>No such field.</summary>
    public static bool None(out string value)
    {
        value = "";
        return false;
    }
}
