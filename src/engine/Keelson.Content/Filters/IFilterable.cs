namespace Keelson.Content;

/// <summary>An object whose fields a <see cref="Filter"/> can look at.</summary>
public interface IFilterable
{
    /// <summary>The text of a field.</summary>
    /// <param name="path">Names of the field and its parts: <c>labels</c>, <c>a.b</c>.</param>
    /// <param name="value">Its text; empty when it is not there.</param>
    /// <returns>Whether the object has the field.</returns>
    bool TryGetField(IReadOnlyList<string> path, out string value);
}
