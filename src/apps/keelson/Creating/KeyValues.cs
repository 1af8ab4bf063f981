namespace Keelson.Cli.Creating;

/// <summary>Names with values, from options and files.</summary>
internal static class KeyValues
{
    /// <summary>Lines <c>NAME=value</c> of files; blank lines and those with <c>#</c> in front are left out, nothing is unquoted.</summary>
    /// <param name="files">Paths.</param>
    /// <param name="passesOn">A name without <c>=</c> takes the value of this program's environment; where there is none it is left out.</param>
    /// <exception cref="KeelsonException">NotFound: a file is not there. InvalidArgument: a name is empty or has blanks.</exception>
    public static List<string> FromFiles(IEnumerable<string> files, bool passesOn)
    {
        List<string> result = [];
        foreach (string file in files)
            foreach (string raw in Read(file))
            {
                string line = raw.TrimStart('\uFEFF').TrimStart();
                if (line.Length == 0 || line[0] == '#') continue;
                int equals = line.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? line : line[..equals];
                if (name.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: a line has no name before '='");
                if (name.AsSpan().ContainsAny(' ', '\t')) throw new KeelsonException(ErrorKind.InvalidArgument, $"read {file}: the name '{name}' has blanks");
                if (equals >= 0) result.Add(line);
                else if (!passesOn) result.Add(name);
                else if (Environment.GetEnvironmentVariable(name) is { } value) result.Add($"{name}={value}");
            }
        return result;
    }

    private static string[] Read(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException e)
        {
            throw new KeelsonException(e is FileNotFoundException or DirectoryNotFoundException ? ErrorKind.NotFound : ErrorKind.Unknown, $"read {file}: {e.Message}");
        }
        catch (UnauthorizedAccessException)
        {
            throw new KeelsonException(ErrorKind.PermissionDenied, $"read {file}: permission denied");
        }
    }

    /// <summary>Names to values; a name without a value has the empty one.</summary>
    public static Dictionary<string, string> Labels(IEnumerable<string> items)
    {
        Dictionary<string, string> result = [];
        foreach (string item in items)
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            result[equals < 0 ? item : item[..equals]] = equals < 0 ? "" : item[(equals + 1)..];
        }
        return result;
    }

    /// <summary>The same for an option whose values all need a <c>=</c>.</summary>
    public static Dictionary<string, string> Pairs(string option, IEnumerable<string> items)
    {
        List<string> all = [.. items];
        if (all.Find(item => !item.Contains('=', StringComparison.Ordinal)) is { } wrong) throw new KeelsonException(ErrorKind.InvalidArgument, $"option --{option}: '{wrong}' is not name=value");
        return Labels(all);
    }

    /// <summary>Fields apart by commas; a field in double quotes may have commas.</summary>
    public static List<string> Fields(string text)
    {
        List<string> fields = [];
        System.Text.StringBuilder field = new();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"' && isQuoted && i + 1 < text.Length && text[i + 1] == '"') { field.Append('"'); i++; }
            else if (c == '"') isQuoted = !isQuoted;
            else if (c == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else field.Append(c);
        }
        fields.Add(field.ToString());
        return isQuoted ? throw new KeelsonException(ErrorKind.InvalidArgument, $"'{text}': a quote has no end") : fields;
    }
}
