using System.Globalization;
using System.Text;

namespace Keelson.Cli.Templates;

/// <summary>The functions of templates: Go's and docker's.</summary>
internal static class Functions
{
    /// <summary>Calls a function.</summary>
    /// <exception cref="TemplateException">There is none of this name, or it takes other arguments.</exception>
    public static object? Call(string name, object?[] arguments)
    {
        try
        {
            return name switch
            {
                "json" => GoFormat.Json(arguments[0]),
                "upper" => Text(arguments[0]).ToUpperInvariant(),
                "lower" => Text(arguments[0]).ToLowerInvariant(),
                "title" => Title(Text(arguments[0])),
                "split" => Text(arguments[0]).Split(Text(arguments[1])).Select(object? (part) => part).ToList(),
                "join" => string.Join(Text(arguments[1]), Evaluator.Items(arguments[0]).Select(item => GoFormat.Print(item.Value))),
                "pad" => Text(arguments[0]) is { Length: > 0 } padded ? new string(' ', (int)Whole(arguments[1])) + padded + new string(' ', (int)Whole(arguments[2])) : "",
                "truncate" => Text(arguments[0]) is var cut && cut.Length > Whole(arguments[1]) ? cut[..(int)Whole(arguments[1])] : Text(arguments[0]),
                "len" => Length(arguments[0]),
                "index" => arguments.Skip(1).Aggregate(arguments[0], Index),
                "slice" => Slice(arguments),
                "print" => Print(arguments),
                "println" => string.Join(' ', arguments.Select(GoFormat.Print)) + "\n",
                "printf" => Printf(Text(arguments[0]), arguments[1..]),
                "urlquery" => Uri.EscapeDataString(Print(arguments)).Replace("%20", "+", StringComparison.Ordinal),
                "html" => System.Net.WebUtility.HtmlEncode(Print(arguments)),
                "not" => !Evaluator.IsTrue(arguments[0]),
                "and" => arguments.FirstOrDefault(a => !Evaluator.IsTrue(a), arguments[^1]),
                "or" => arguments.FirstOrDefault(Evaluator.IsTrue, arguments[^1]),
                "eq" => arguments.Skip(1).Any(other => Compare(arguments[0], other, forOrder: false) == 0),
                "ne" => Compare(arguments[0], arguments[1], forOrder: false) != 0,
                "lt" => Compare(arguments[0], arguments[1], forOrder: true) < 0,
                "le" => Compare(arguments[0], arguments[1], forOrder: true) <= 0,
                "gt" => Compare(arguments[0], arguments[1], forOrder: true) > 0,
                "ge" => Compare(arguments[0], arguments[1], forOrder: true) >= 0,
                _ => throw new TemplateException($"function \"{name}\" not defined"),
            };
        }
        catch (IndexOutOfRangeException)
        {
            throw new TemplateException($"{name} has too few arguments");
        }
    }

    private static string Text(object? value) => value as string ?? (value is null ? "" : throw new TemplateException($"a text was expected, not {GoFormat.Print(value)}"));

    private static long Whole(object? value) => value switch { long number => number, ulong number => (long)number, _ => throw new TemplateException("a whole number was expected") };

    private static string Title(string text)
    {
        char[] letters = text.ToCharArray();
        for (int i = 0; i < letters.Length; i++)
            if (i == 0 || !char.IsLetterOrDigit(letters[i - 1]))
                letters[i] = char.ToUpperInvariant(letters[i]);
        return new(letters);
    }

    private static long Length(object? value) => value switch
    {
        string text => Encoding.UTF8.GetByteCount(text),
        List<object?> list => list.Count,
        null or NilValue => 0,
        ITemplateObject fields => fields.Fields.Count(),
        _ => throw new TemplateException("len takes texts, lists and maps only"),
    };

    private static object? Index(object? value, object? key)
    {
        switch (value)
        {
            case List<object?> list:
                long at = Whole(key);
                return at >= 0 && at < list.Count ? list[(int)at] : throw new TemplateException($"index {at} is outside of a list of {list.Count}");
            case ITemplateObject fields: return fields.TryGet(Text(key), out object? field) ? field : "";
            case string text:
                long place = Whole(key);
                return place >= 0 && place < text.Length ? (long)text[(int)place] : throw new TemplateException($"index {place} is outside of a text of {text.Length}");
            case NilValue empty when empty == NilValue.Map: return "";
            case NilValue: throw new TemplateException($"index {GoFormat.Print(key)} is outside of a list of 0");
            default: throw new TemplateException("index takes lists and maps only");
        }
    }

    private static object? Slice(object?[] arguments)
    {
        long length = Length(arguments[0]);
        long from = arguments.Length > 1 ? Whole(arguments[1]) : 0, to = arguments.Length > 2 ? Whole(arguments[2]) : length;
        if (from < 0 || to > length || from > to) throw new TemplateException($"slice {from} to {to} is outside of {length}");
        return arguments[0] is List<object?> list ? list.GetRange((int)from, (int)(to - from)) : Text(arguments[0])[(int)from..(int)to];
    }

    /// <summary>fmt.Sprint: blanks between two arguments neither of which is a text.</summary>
    private static string Print(object?[] arguments)
    {
        StringBuilder text = new();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i > 0 && arguments[i] is not string && arguments[i - 1] is not string) text.Append(' ');
            text.Append(GoFormat.Print(arguments[i]));
        }
        return text.ToString();
    }

    private static string Printf(string format, object?[] arguments)
    {
        StringBuilder text = new();
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%') { text.Append(format[i]); continue; }
            int begin = ++i;
            while (i < format.Length && (char.IsAsciiDigit(format[i]) || format[i] is '-' or '.' or '+' or '#' or ' ')) i++;
            if (i == format.Length) { text.Append("%!(NOVERB)"); break; }
            if (format[i] == '%') { text.Append('%'); continue; }
            string flags = format[begin..i];
            if (next == arguments.Length) { text.Append("%!").Append(format[i]).Append("(MISSING)"); continue; }
            text.Append(Pad(Verb(format[i], flags, arguments[next++]), flags));
        }
        return text.ToString();
    }

    private static string Verb(char verb, string flags, object? value)
    {
        int point = flags.IndexOf('.', StringComparison.Ordinal);
        int? precision = point < 0 ? null : int.TryParse(flags.AsSpan(point + 1), out int digits) ? digits : 0;
        return verb switch
        {
            'q' => GoFormat.Json(GoFormat.Print(value)),
            'x' => value is string text ? Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)) : Whole(value).ToString("x", CultureInfo.InvariantCulture),
            'f' => System.Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString("F" + (precision ?? 6), CultureInfo.InvariantCulture),
            's' or 'v' or 'd' or 't' => GoFormat.Print(value) is var plain && verb == 's' && precision is { } most && plain.Length > most ? plain[..most] : GoFormat.Print(value),
            _ => throw new TemplateException($"printf does not know %{verb}"),
        };
    }

    private static string Pad(string text, string flags)
    {
        string width = flags.Split('.')[0];
        bool isLeft = width.StartsWith('-');
        if (!int.TryParse(width.TrimStart('-', '+', '#', ' '), out int columns)) return text;
        return isLeft ? text.PadRight(columns) : text.PadLeft(columns, width.StartsWith('0') ? '0' : ' ');
    }

    private static int Compare(object? a, object? b, bool forOrder)
    {
        if (a is string left && b is string right) return string.CompareOrdinal(left, right);
        if (a is bool or null && b is bool or null && !forOrder) return Equals(a, b) ? 0 : 1;
        if (a is long or ulong or double && b is long or ulong or double)
            return System.Convert.ToDouble(a, CultureInfo.InvariantCulture).CompareTo(System.Convert.ToDouble(b, CultureInfo.InvariantCulture));
        throw new TemplateException("values of different kinds are compared");
    }
}
