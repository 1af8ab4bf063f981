namespace Keelson.Oci;

/// <summary>Names of properties for messages: <c>linux.namespaces[3].type</c>, <c>annotations["org.example/a"]</c>.</summary>
internal static class PropertyPath
{
    /// <summary>A property of an object.</summary>
    public static string Append(string path, string name) =>
        !IsPlain(name) ? $"{path}[\"{name}\"]" : path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>The path of the value at a byte of a document.</summary>
    /// <param name="document">A document that is well-formed up to there.</param>
    /// <param name="offset">First byte of a value, or the byte behind its last.</param>
    public static string Locate(ReadOnlySpan<byte> document, int offset)
    {
        List<Level> levels = [];
        int nameStart = 0, nameEnd = 0;
        for (int i = 0; i < offset && i < document.Length; i++)
        {
            switch (document[i])
            {
                case (byte)'"':
                    nameStart = ++i;
                    while (i < document.Length && document[i] != '"') i += document[i] == '\\' ? 2 : 1;
                    nameEnd = Math.Min(i, document.Length);
                    break;
                case (byte)':':
                    if (levels.Count > 0) levels[^1] = new(SpecReader.Quote(document[nameStart..nameEnd]), 0);
                    break;
                case (byte)',':
                    if (levels.Count > 0) levels[^1] = levels[^1].Name is null ? new(null, levels[^1].Index + 1) : new("", 0);
                    break;
                case (byte)'{':
                    levels.Add(new("", 0));
                    break;
                case (byte)'[':
                    levels.Add(new(null, 0));
                    break;
                case (byte)'}' or (byte)']':
                    if (levels.Count > 0) levels.RemoveAt(levels.Count - 1);
                    break;
            }
        }
        string path = "";
        foreach (Level level in levels)
            path = level.Name is null ? $"{path}[{level.Index}]" : level.Name.Length > 0 ? Append(path, level.Name) : path;
        return path;
    }

    private static bool IsPlain(string name)
    {
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return name.Length > 0;
    }

    /// <summary>The walk's place in one open object (its property, empty before the first) or array (its element).</summary>
    private readonly record struct Level(string? Name, int Index);
}
