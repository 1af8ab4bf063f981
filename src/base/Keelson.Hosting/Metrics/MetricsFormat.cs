using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Keelson.Hosting.Metrics;

/// <summary>How metrics are written.</summary>
public enum MetricsFormat
{
    /// <summary>Prometheus' text format 0.0.4.</summary>
    Text,
    /// <summary>OpenMetrics 1.0.</summary>
    OpenMetrics,
}

/// <summary>What the formats are called in HTTP.</summary>
public static class MetricsFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";

    extension(MetricsFormat format)
    {
        /// <summary>The header <c>Content-Type</c>.</summary>
        public string ContentType => format == MetricsFormat.OpenMetrics ? OpenMetricsType + "; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
    }

    /// <summary>The format that a client likes better by its header <c>Accept</c>; the text format when it does not care. RFC 9110 section 12.5.1.</summary>
    public static MetricsFormat Choose(StringValues accept)
    {
        double text = -1, open = 0;
        foreach (string range in accept.SelectMany(header => (header ?? "").Split(',')))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            double weight = 1;
            bool known = true;
            foreach (string part in parts.Skip(1))
            {
                if (part.StartsWith("q=", StringComparison.OrdinalIgnoreCase)) weight = double.TryParse(part.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double q) ? q : 0;
                else if (part.StartsWith("version=", StringComparison.OrdinalIgnoreCase)) known = part.AsSpan(8).Trim('"') is "0.0.1" or "1.0.0" or "0.0.4";
            }
            if (!known) continue;
            if (parts[0].Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase)) open = Math.Max(open, weight);
            else if (parts[0] is "text/plain" or "text/*" or "*/*") text = Math.Max(text, weight);
        }
        return open > 0 && open >= text ? MetricsFormat.OpenMetrics : MetricsFormat.Text;
    }
}
