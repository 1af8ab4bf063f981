using System.Globalization;

namespace Keelson.Testing;

/// <summary>What the program <c>probe</c> says of the process it is run as.</summary>
public sealed class ProbeReport
{
    private readonly Dictionary<string, string> values = [];

    /// <summary>Reads the output of <c>probe</c>.</summary>
    public ProbeReport(string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.IndexOf(": ", StringComparison.Ordinal) is > 0 and int cut)
                values[line[..cut]] = line[(cut + 2)..].TrimEnd('\r');
            else
                values[line.TrimEnd('\r', ':')] = "";
    }

    /// <summary>A value: <c>uid</c>, <c>groups</c>, <c>RLIMIT_NOFILE</c>, <c>ns/net</c>, <c>fd/0</c>; probe.c has the list.</summary>
    public string this[string name] => values.TryGetValue(name, out string? value) ? value
        : throw new KeelsonException(ErrorKind.NotFound, $"find '{name}' in the report of probe: it has {string.Join(' ', values.Keys)}");

    /// <summary>Whether there is such a value.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The names that start with <paramref name="prefix"/>, without it.</summary>
    public IEnumerable<string> Names(string prefix) => values.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k[prefix.Length..]).Order();

    /// <summary>A set of capabilities: <c>CapInh</c>, <c>CapPrm</c>, <c>CapEff</c>, <c>CapBnd</c>, <c>CapAmb</c>; bit n is capability n.</summary>
    public ulong Capabilities(string set) => ulong.Parse(this[set], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
