using System.Globalization;
using System.Text;

namespace Keelson.Hosting.Metrics;

/// <summary>Writes families of metrics as text, one after the other.</summary>
/// <remarks>
/// Prometheus "Exposition formats" 0.0.4, and OpenMetrics 1.0 where it differs: a family of counters is named without <c>_total</c>, and the text ends in <c># EOF</c>.
/// <code>
/// # HELP grpc_server_started_total Calls that began.
/// # TYPE grpc_server_started_total counter
/// grpc_server_started_total{grpc_method="List"} 3
/// </code>
/// </remarks>
public sealed class MetricsWriter(MetricsFormat format)
{
    private readonly StringBuilder text = new();

    /// <summary>What was written, with its end.</summary>
    public byte[] Finish()
    {
        if (format == MetricsFormat.OpenMetrics) text.Append("# EOF\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Begins a family whose numbers go up and down.</summary>
    public void Gauge(string name, string help) => Family(name, "gauge", help);

    /// <summary>Begins a family whose numbers go up until the daemon ends; its name ends in <c>_total</c>.</summary>
    public void Counter(string name, string help) => Family(format == MetricsFormat.OpenMetrics ? name[..^"_total".Length] : name, "counter", help);

    /// <summary>Begins a family of histograms.</summary>
    public void Histogram(string name, string help) => Family(name, "histogram", help);

    /// <summary>A number of the family that was begun last.</summary>
    /// <param name="name">The name of the family; of a histogram with <c>_bucket</c>, <c>_sum</c> or <c>_count</c>.</param>
    /// <param name="value">The number.</param>
    /// <param name="labels">What tells it from the others of the family.</param>
    public void Sample(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels) => Line(name, Number(value), labels);

    /// <inheritdoc cref="Sample(string, double, ReadOnlySpan{ValueTuple{string, string}})"/>
    public void Sample(string name, ulong value, params ReadOnlySpan<(string Name, string Value)> labels) => Line(name, value.ToString(CultureInfo.InvariantCulture), labels);

    /// <summary>A number as the formats write it.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void Family(string name, string type, string help) => text.Append("# HELP ").Append(name).Append(' ').Append(Escape(help, quotes: format == MetricsFormat.OpenMetrics)).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private void Line(string name, string value, ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        char separator = '{';
        foreach ((string label, string content) in labels)
        {
            text.Append(separator).Append(label).Append("=\"").Append(Escape(content, quotes: true)).Append('"');
            separator = ',';
        }
        if (labels.Length > 0) text.Append('}');
        text.Append(' ').Append(value).Append('\n');
    }

    private static string Escape(string value, bool quotes)
    {
        if (value.AsSpan().IndexOfAny("\\\n\"") < 0) return value;
        value = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? value.Replace("\"", "\\\"", StringComparison.Ordinal) : value;
    }
}
