using System.Text;
using System.Text.RegularExpressions;

namespace Keelson.Content;

/// <summary>What a selector asks of its field.</summary>
internal enum FilterOperator
{
    Present,
    Equal,
    NotEqual,
    Matches,
}

/// <summary>One condition of a filter.</summary>
internal sealed class Selector(string[] path, FilterOperator op, string value, Regex? pattern)
{
    /// <summary>Whether the condition holds. A field that is not there is unlike every value, and an empty text to a regular expression.</summary>
    public bool Matches(IFilterable target)
    {
        bool isThere = target.TryGetField(path, out string actual);
        return op switch
        {
            FilterOperator.Present => isThere,
            FilterOperator.Equal => isThere && actual == value,
            FilterOperator.NotEqual => actual != value,
            _ => pattern!.IsMatch(actual),
        };
    }

    public override string ToString()
    {
        StringBuilder text = new();
        foreach (string field in path)
        {
            if (text.Length > 0) text.Append('.');
            Quote(text, field);
        }
        if (op == FilterOperator.Present) return text.ToString();
        text.Append(op switch { FilterOperator.Equal => "==", FilterOperator.NotEqual => "!=", _ => "~=" });
        Quote(text, value);
        return text.ToString();
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
            switch (c)
            {
                case '"' or '\\': text.Append('\\').Append(c); break;
                case < ' ' or '\x7f': text.Append("\\x").Append(((int)c).ToString("x2", System.Globalization.CultureInfo.InvariantCulture)); break;
                default: text.Append(c); break;
            }
        text.Append('"');
    }
}
