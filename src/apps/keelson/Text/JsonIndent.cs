namespace Keelson.Cli.Text;

/// <summary>JSON with a field a line, its values as they came.</summary>
internal static class JsonIndent
{
    /// <summary>Adds line breaks and blanks.</summary>
    /// <param name="json">Valid JSON.</param>
    /// <param name="indent">Blanks of one level.</param>
    /// <param name="level">The level that the value itself is on.</param>
    public static byte[] Apply(ReadOnlySpan<byte> json, int indent = 4, int level = 0)
    {
        List<byte> result = new(json.Length * 2);
        bool isText = false, isEscaped = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte c = json[i];
            if (isText)
            {
                result.Add(c);
                if (isEscaped) isEscaped = false;
                else if (c == '\\') isEscaped = true;
                else if (c == '"') isText = false;
                continue;
            }
            switch (c)
            {
                case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t': continue;
                case (byte)'"': isText = true; result.Add(c); break;
                case (byte)'{' or (byte)'[':
                    int next = i + 1;
                    while (next < json.Length && json[next] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') next++;
                    result.Add(c);
                    if (next < json.Length && json[next] is (byte)'}' or (byte)']') { result.Add(json[next]); i = next; break; }
                    Break(result, indent * ++level);
                    break;
                case (byte)'}' or (byte)']':
                    Break(result, indent * --level);
                    result.Add(c);
                    break;
                case (byte)',':
                    result.Add(c);
                    Break(result, indent * level);
                    break;
                case (byte)':': result.AddRange(": "u8); break;
                default: result.Add(c); break;
            }
        }
        return [.. result];
    }

    private static void Break(List<byte> result, int blanks)
    {
        result.Add((byte)'\n');
        for (int i = 0; i < blanks; i++) result.Add((byte)' ');
    }
}
