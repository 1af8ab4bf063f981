using System.Globalization;

namespace Keelson.RuntimeCli;

/// <summary>Sizes of memory as people write them.</summary>
internal static class ByteSize
{
    /// <summary>Reads <c>1048576</c>, <c>512k</c>, <c>1.5g</c>, <c>2MiB</c>; -1 stands for no limit. All units are powers of 1024.</summary>
    /// <param name="text">A number, one of b, k, m, g, t, p, and after it <c>b</c> or <c>ib</c>; case does not matter.</param>
    /// <param name="option">The option's name, for errors.</param>
    /// <exception cref="KeelsonException">InvalidArgument: not such a text, or 2^63 bytes and more.</exception>
    public static long Parse(string text, string option)
    {
        if (text == "-1") return -1;
        ReadOnlySpan<char> rest = text.AsSpan();
        int end = rest.LastIndexOfAnyInRange('0', '9') + 1;
        ReadOnlySpan<char> number = rest[..end];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || Shift(rest[end..].TrimStart(' ')) is not { } shift)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --{option}: '{text}' is not a size, such as 512m or -1");
        if (value > (decimal)long.MaxValue / (1L << shift))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --{option}: '{text}' is too large");
        return (long)(value * (1L << shift));
    }

    private static int? Shift(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("b", StringComparison.OrdinalIgnoreCase)) return 0;
        int power = "kmgtp".IndexOf(char.ToLowerInvariant(unit[0]), StringComparison.Ordinal) + 1;
        ReadOnlySpan<char> suffix = unit[1..];
        bool known = power > 0 && (suffix.IsEmpty || suffix.Equals("b", StringComparison.OrdinalIgnoreCase) || suffix.Equals("ib", StringComparison.OrdinalIgnoreCase));
        return known ? power * 10 : null;
    }
}
