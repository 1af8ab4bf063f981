using System.Globalization;
using System.Text.Json;

namespace Keelson.Bench;

/// <summary>Tables for people, one JSON document for programs.</summary>
internal static class Report
{
    /// <summary>Prints the figures of one case: median, minimum, 90th percentile, and the ratio of medians to the others.</summary>
    /// <param name="output">Where to print.</param>
    /// <param name="results">All figures.</param>
    /// <param name="name">The case.</param>
    /// <param name="title">What it stands for.</param>
    /// <param name="order">Names of the contenders as they were given.</param>
    public static void Print(TextWriter output, Results results, string name, string title, string[] order)
    {
        Series[] series = [.. results.All.Where(s => s.Case == name && s.Count > 0).OrderBy(s => Array.IndexOf(order, s.Contender))];
        output.WriteLine($"\n{name}: {title}");
        string[] labels = [.. series.Select(s => s.Contender).Distinct()];
        int width = series.Select(s => s.Metric.Length + s.Unit.Length + 1).Append(14).Max();
        int names = labels.Select(label => label.Length + 1).Append(12).Max();
        output.Write(Pad("", names) + Pad("", width) + "     n     median    minimum        90%");
        foreach (string label in labels.SkipLast(1)) output.Write(("x " + label).PadLeft(Column(label)));
        output.WriteLine();
        foreach (string metric in series.Select(s => s.Metric).Distinct())
        {
            foreach (Series s in series.Where(s => s.Metric == metric))
            {
                output.Write(Pad(s.Contender, names) + Pad($"{s.Metric} {s.Unit}", width) + string.Create(CultureInfo.InvariantCulture,
                    $"{s.Count,6} {s.Median,10:0.00} {s.Minimum,10:0.00} {s.Quantile(0.9),10:0.00}"));
                foreach (string label in labels.SkipLast(1))
                {
                    Series? other = label == s.Contender ? null : results.Find(name, label, metric);
                    output.Write(other is { Median: > 0 } && !results.IsVoid(other) && !results.IsVoid(s) ? string.Create(CultureInfo.InvariantCulture, $"{s.Median / other.Median:0.00}").PadLeft(Column(label)) : Pad("", Column(label)));
                }
                output.WriteLine(results.IsVoid(s) ? "  void" : "");
            }
        }
        foreach (IGrouping<string, string> failure in results.Failures.Where(f => f.Case == name).Select(f => $"{f.Contender}: {f.Text}").GroupBy(text => text).Take(8))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"!! {failure.Count()} x {failure.Key}"));
        output.Flush();
    }

    /// <summary>Writes every figure with the machine it was taken on.</summary>
    public static void WriteJson(string path, Results results, IReadOnlyList<(string Key, string Value)> machine)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("machine");
        foreach ((string key, string value) in machine) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteStartArray("figures");
        foreach (Series s in results.All.Where(s => s.Count > 0))
        {
            json.WriteStartObject();
            json.WriteString("case", s.Case);
            json.WriteString("contender", s.Contender);
            json.WriteString("metric", s.Metric);
            json.WriteString("unit", s.Unit);
            json.WriteNumber("n", s.Count);
            json.WriteNumber("median", Math.Round(s.Median, 3));
            json.WriteNumber("minimum", Math.Round(s.Minimum, 3));
            json.WriteNumber("p90", Math.Round(s.Quantile(0.9), 3));
            json.WriteNumber("maximum", Math.Round(s.Maximum, 3));
            json.WriteBoolean("void", results.IsVoid(s));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int Column(string label) => Math.Max(10, label.Length + 4);

    private static string Pad(string text, int width) => text.PadRight(width);
}
