using System.Globalization;
using System.Text;

namespace Keelson.Cli.Templates;

/// <summary>Values as Go prints them, and as its encoder writes JSON.</summary>
internal static class GoFormat
{
    /// <summary>As <c>%v</c>.</summary>
    public static string Print(object? value)
    {
        switch (value)
        {
            case null: return "<nil>";
            case string text: return text;
            case bool flag: return flag ? "true" : "false";
            case double number: return Number(number);
            case NilValue empty: return empty.Text;
            case List<object?> list: return "[" + string.Join(' ', list.Select(Print)) + "]";
            case ITemplateObject fields: return "map[" + string.Join(' ', fields.Fields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key + ":" + Print(f.Value))) + "]";
            default: return System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }
    }

    /// <summary>A floating-point number as <c>%v</c>: with an exponent when it is below 1e-4 or at least 1e21.</summary>
    public static string Number(double number)
    {
        if (number == 0) return "0";
        // .NET writes the shortest text too, but begins with exponents at 1e15.
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        int at = text.IndexOf('E', StringComparison.Ordinal);
        if (at < 0) return text;
        if (Math.Abs(number) is >= 1e15 and < 1e21) return number.ToString("F0", CultureInfo.InvariantCulture);
        int exponent = int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return text[..at] + "e" + (exponent < 0 ? '-' : '+') + Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
    }

    /// <summary>Compact JSON. As with docker, the angle brackets of a listing's rows are escaped, those of the engine's objects are not.</summary>
    public static string Json(object? value)
    {
        StringBuilder text = new();
        Json(text, value, isForHtml: value is Listing.Row or Listing.ContainerRow);
        return text.ToString();
    }

    private static void Json(StringBuilder text, object? value, bool isForHtml)
    {
        switch (value)
        {
            case null or NilValue: text.Append("null"); break;
            case string s: Quote(text, s, isForHtml); break;
            case List<object?> list:
                text.Append('[');
                for (int i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Json(text, list[i], isForHtml);
                }
                text.Append(']');
                break;
            case ITemplateObject fields:
                text.Append('{');
                bool isFirst = true;
                foreach ((string key, object? field) in fields.Fields)
                {
                    if (!isFirst) text.Append(',');
                    isFirst = false;
                    Quote(text, key, isForHtml);
                    text.Append(':');
                    Json(text, field, isForHtml);
                }
                text.Append('}');
                break;
            default: text.Append(Print(value)); break;
        }
    }

    private static void Quote(StringBuilder text, string value, bool isForHtml)
    {
        text.Append('"');
        foreach (char c in value)
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case '<' or '>' or '&' when !isForHtml: text.Append(c); break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029': text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"); break;
                default: text.Append(c); break;
            }
        text.Append('"');
    }
}
