namespace Keelson.Build;

/// <summary>Flags of an instruction: <c>--name=value</c>.</summary>
internal sealed class FlagSet
{
    private readonly Dictionary<string, string> values = [];

    /// <summary>A flag's value; empty when it is not given.</summary>
    public string this[string name] => values.GetValueOrDefault(name, "");

    /// <summary>Reads a line's flags.</summary>
    /// <param name="line">The line.</param>
    /// <param name="known">The flags that its instruction has.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a flag is unknown, comes twice, or has no value.</exception>
    public static FlagSet Parse(DockerfileLine line, params ReadOnlySpan<string> known)
    {
        FlagSet set = new();
        foreach (string flag in line.Flags)
        {
            string name = NameOf(flag);
            if (!known.Contains(name)) throw DockerfileFault.At(line.Number, "Unknown flag: " + name);
            int equals = flag.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) throw DockerfileFault.At(line.Number, "Missing a value on flag: " + name);
            if (!set.values.TryAdd(name, flag[(equals + 1)..])) throw DockerfileFault.At(line.Number, "Duplicate flag specified: " + name);
        }
        return set;
    }

    /// <summary>The name of a flag as it is written.</summary>
    public static string NameOf(string flag) => flag[2..].Split('=', 2)[0];
}
