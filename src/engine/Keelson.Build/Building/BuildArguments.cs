namespace Keelson.Build;

/// <summary>ARG: which names are declared, and the values that count. Dockerfile reference "ARG", "Scope", "Predefined ARGs".</summary>
internal sealed class BuildArguments(IReadOnlyDictionary<string, string?> given)
{
    private static readonly string[] Predefined = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY", "no_proxy"];

    private readonly Dictionary<string, string?> declared = new(StringComparer.Ordinal), before = new(StringComparer.Ordinal);
    private HashSet<string> mentioned = new(StringComparer.Ordinal);

    /// <summary>Arguments of a stage: those before the first FROM are known to it, and none is declared.</summary>
    public BuildArguments ForStage()
    {
        BuildArguments stage = new(given) { mentioned = mentioned };
        foreach ((string name, string? value) in before) stage.before[name] = value;
        return stage;
    }

    /// <summary>Notes an ARG before the first FROM.</summary>
    public void DeclareBefore(string name, string? value)
    {
        before[name] = value;
        mentioned.Add(name);
    }

    /// <summary>Notes an ARG of a stage.</summary>
    public void Declare(string name, string? value)
    {
        declared[name] = value;
        mentioned.Add(name);
    }

    /// <summary>What FROM knows.</summary>
    public IReadOnlyList<string> OfFrom => Values(before);

    /// <summary>Arguments with a value that no variable hides, in the order of their names.</summary>
    public IReadOnlyList<string> Beside(IReadOnlyList<string> environment)
    {
        HashSet<string> hidden = [.. environment.Select(NameOf)];
        return [.. Values(declared).Where(argument => !hidden.Contains(NameOf(argument)))];
    }

    /// <summary>Those of them that a step is known by: not what is predefined and never mentioned.</summary>
    public IReadOnlyList<string> Telling(IReadOnlyList<string> arguments) =>
        [.. arguments.Where(argument => NameOf(argument) is var name && (mentioned.Contains(name) || !Predefined.Contains(name))).Order(StringComparer.Ordinal)];

    /// <summary>Names that were given and that nothing asked for.</summary>
    public IReadOnlyList<string> Unused => [.. given.Keys.Where(name => !mentioned.Contains(name) && !Predefined.Contains(name)).Order(StringComparer.Ordinal)];

    private List<string> Values(Dictionary<string, string?> names)
    {
        List<string> values = [];
        foreach (string name in names.Keys.Concat(Predefined).Distinct().Order(StringComparer.Ordinal))
        {
            string? value = given.TryGetValue(name, out string? own) ? own : names.GetValueOrDefault(name) ?? before.GetValueOrDefault(name);
            // What is predefined is not taken from before FROM without being declared.
            if (value is not null && (names.ContainsKey(name) || given.ContainsKey(name))) values.Add($"{name}={value}");
        }
        return values;
    }

    private static string NameOf(string pair)
    {
        int equals = pair.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? pair : pair[..equals];
    }
}
