using System.Globalization;

namespace Keelson.Cli.Text;

/// <summary>Sizes and times for people, in docker's words.</summary>
internal static class Units
{
    private static readonly string[] Decimal = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    private static readonly string[] Binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

    /// <summary>Bytes with powers of 1000 and <paramref name="digits"/> significant digits: <c>1.24MB</c>.</summary>
    public static string Size(double bytes, int digits = 3) => Scale(bytes, 1000, Decimal, digits);

    /// <summary>Bytes with powers of 1024 and four significant digits: <c>1.184MiB</c>.</summary>
    public static string BinarySize(double bytes) => Scale(bytes, 1024, Binary, 4);

    private static string Scale(double value, double step, string[] units, int digits)
    {
        int unit = 0;
        while (value >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }
        return Significant(value, digits) + units[unit];
    }

    /// <summary>A number with so many significant digits, without zeros at its end: C's %.*g.</summary>
    public static string Significant(double value, int digits)
    {
        if (value == 0) return "0";
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        double rounded = Math.Round(value / Math.Pow(10, exponent), digits - 1, MidpointRounding.ToEven);
        if (Math.Abs(rounded) >= 10) exponent++;
        if (exponent >= digits || exponent < -4) return value.ToString($"0.{new string('#', digits - 1)}e+00", CultureInfo.InvariantCulture);
        int places = digits - 1 - exponent;
        string text = value.ToString("F" + places, CultureInfo.InvariantCulture);
        return places > 0 ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <summary>How long: <c>Less than a second</c>, <c>5 minutes</c>, <c>About an hour</c>, <c>3 weeks</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        int seconds = (int)Math.Min(duration.TotalSeconds, int.MaxValue), minutes = (int)Math.Min(duration.TotalMinutes, int.MaxValue);
        int hours = (int)Math.Round(duration.TotalHours, MidpointRounding.AwayFromZero);
        return seconds switch
        {
            < 1 => "Less than a second",
            1 => "1 second",
            < 60 => $"{seconds} seconds",
            _ when minutes == 1 => "About a minute",
            _ when minutes < 60 => $"{minutes} minutes",
            _ when hours == 1 => "About an hour",
            _ when hours < 48 => $"{hours} hours",
            _ when hours < 24 * 7 * 2 => $"{hours / 24} days",
            _ when hours < 24 * 30 * 2 => $"{hours / 24 / 7} weeks",
            _ when hours < 24 * 365 * 2 => $"{hours / 24 / 30} months",
            _ => $"{(int)(duration.TotalHours / 24 / 365)} years",
        };
    }

    /// <summary>Reads a size with powers of 1024: <c>512</c>, <c>64m</c>, <c>1.5GiB</c>.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no size.</exception>
    public static long ParseSize(string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        int split = lower.Length;
        while (split > 0 && !char.IsAsciiDigit(lower[split - 1]) && lower[split - 1] != '.') split--;
        double factor = lower[split..].Trim() switch
        {
            "" or "b" => 1,
            "k" or "kb" or "kib" => 1024,
            "m" or "mb" or "mib" => 1L << 20,
            "g" or "gb" or "gib" => 1L << 30,
            "t" or "tb" or "tib" => 1L << 40,
            "p" or "pb" or "pib" => 1L << 50,
            _ => -1,
        };
        if (factor < 0 || !double.TryParse(lower[..split], NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out double number) || number < 0)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"'{text}' is no size, such as 512m or 2g");
        return (long)(number * factor);
    }
}
