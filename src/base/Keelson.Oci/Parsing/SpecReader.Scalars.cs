using System.Text;
using System.Text.Unicode;

namespace Keelson.Oci;

internal ref partial struct SpecReader
{
    /// <summary>Reads true, false or null.</summary>
    public bool? Bool()
    {
        switch (Peek())
        {
            case 't':
                ScanWord("true"u8);
                return true;
            case 'f':
                ScanWord("false"u8);
                return false;
            default:
                return TakeNull() ? null : throw WrongType("true or false");
        }
    }

    /// <summary>Reads a string without NUL, or null; an empty string is the same as null.</summary>
    public string? String() => TakeNull() || Argument() is not { Length: > 0 } text ? null : text;

    /// <summary>Reads a string without NUL, which may be empty. The kernel's strings end at a NUL, so what stands behind one would be lost.</summary>
    public string Argument()
    {
        string text = Text(out Spelling spelling);
        return spelling == Spelling.Escaped && text.Contains('\0') ? throw Fail("has a NUL character") : text;
    }

    /// <summary>Reads any string.</summary>
    public string Text() => Text(out _);

    private string Text(out Spelling spelling)
    {
        if (Peek() != '"') throw WrongType("a string");
        ReadOnlySpan<byte> raw = ScanString(out spelling);
        return spelling == Spelling.Ascii ? Encoding.UTF8.GetString(raw) : DecodeUtf8(spelling == Spelling.Escaped ? Unescape(raw) : raw);
    }

    /// <summary>Reads one of a set of names, or null; an empty name is the same as null.</summary>
    /// <param name="parse">Gives what a name stands for, or null.</param>
    /// <param name="what">What the names are, for the message, as <c>a namespace type</c>.</param>
    public T? Name<T>(Func<string, T?> parse, string what) where T : struct
    {
        if (String() is not { } name) return null;
        return parse(name) ?? throw Fail($"'{Quote(name)}' is not {what}");
    }

    /// <summary>Reads one of a set of names as an element of an array, where null is refused.</summary>
    /// <inheritdoc cref="Name{T}"/>
    public T ElementName<T>(Func<string, T?> parse, string what) where T : struct
    {
        string name = Text();
        return parse(name) ?? throw Fail($"'{Quote(name)}' is not {what}");
    }

    /// <summary>Reads a whole number of 64 bits, or null.</summary>
    public long? Int64() => TakeNull() ? null : SignedNumber(long.MinValue, long.MaxValue);

    /// <summary>Reads a whole number of 32 bits, or null.</summary>
    public int? Int32() => TakeNull() ? null : (int)SignedNumber(int.MinValue, int.MaxValue);

    /// <summary>Reads a whole number of 64 bits without sign, or null.</summary>
    public ulong? UInt64() => TakeNull() ? null : UnsignedNumber(ulong.MaxValue);

    /// <summary>Reads a whole number of 32 bits without sign, or null.</summary>
    public uint? UInt32() => TakeNull() ? null : (uint)UnsignedNumber(uint.MaxValue);

    /// <summary>Reads a whole number of 16 bits without sign, or null.</summary>
    public ushort? UInt16() => TakeNull() ? null : (ushort)UnsignedNumber(ushort.MaxValue);

    private ulong UnsignedNumber(ulong most)
    {
        ReadOnlySpan<byte> number = RawNumber();
        return number[0] != '-' && TryMagnitude(number, out ulong value) && value <= most ? value : throw OutOfRange(number, "0", most);
    }

    private long SignedNumber(long least, long most)
    {
        ReadOnlySpan<byte> number = RawNumber();
        bool isNegative = number[0] == '-';
        if (!TryMagnitude(isNegative ? number[1..] : number, out ulong magnitude)
            || magnitude > (isNegative ? (ulong)-(least + 1) + 1 : (ulong)most)) throw OutOfRange(number, $"{least}", (ulong)most);
        return isNegative ? unchecked(-(long)magnitude) : (long)magnitude;
    }

    private ReadOnlySpan<byte> RawNumber()
    {
        if (Peek() is not ('-' or (>= '0' and <= '9'))) throw WrongType("a whole number");
        ReadOnlySpan<byte> number = ScanNumber();
        return number.IndexOfAny(".eE"u8) < 0 ? number
            : throw Fail($"{Quote(number)} is not a whole number; write it without point and exponent");
    }

    private static bool TryMagnitude(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        foreach (byte digit in digits)
        {
            ulong units = (ulong)(digit - '0');
            if (value > (ulong.MaxValue - units) / 10) return false;
            value = value * 10 + units;
        }
        return true;
    }

    private readonly string DecodeUtf8(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw Fail("is not valid UTF-8");
}
