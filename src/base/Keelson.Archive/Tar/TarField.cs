using System.Buffers.Binary;
using System.Globalization;

namespace Keelson.Archive;

/// <summary>Fields of a header block.</summary>
/// <remarks>
/// pax(1) "ustar Interchange Format"; GNU tar manual "Basic Tar Format":
/// <code>
///   0 name 100 | 100 mode 8 | 108 uid 8 | 116 gid 8 | 124 size 12 | 136 mtime 12 | 148 checksum 8 | 156 type 1 | 157 link 100
/// 257 magic and version 8 | 265 user 32 | 297 group 32 | 329 major 8 | 337 minor 8 | 345 prefix 155 (star: 131, then 476 atime 12, 488 ctime 12, 508 "tar")
/// GNU: 345 atime 12 | 357 ctime 12 | 386 four sparse regions of offset 12 and length 12 | 482 more of them follow 1 | 483 real size 12
/// </code>
/// </remarks>
internal static class TarField
{
    public const int BlockSize = 512;

    public static ReadOnlySpan<byte> PosixMagic => "ustar\0"u8;

    public static ReadOnlySpan<byte> GnuMagic => "ustar  \0"u8;

    /// <summary>Text up to the first zero byte or the end of the field.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is var end && end >= 0 ? field[..end] : field;

    /// <summary>Reads a number: octal digits between spaces and zero bytes, or base 256 when the first bit is set.</summary>
    /// <returns>Whether it is one, and fits 63 bits and a sign.</returns>
    public static bool TryNumber(ReadOnlySpan<byte> field, out long value)
    {
        if ((field[0] & 0x80) != 0) return TryBase256(field, out value);
        value = 0;
        field = field.Trim(" \0"u8);
        // Some writers leave old bytes behind the zero byte that ends the number.
        if (field.IndexOfAny((byte)0, (byte)' ') is var end && end >= 0) field = field[..end];
        foreach (byte digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7' || value >> 60 != 0) return false;
            value = (value << 3) | (uint)(digit - '0');
        }
        return true;
    }

    /// <summary>Sum of the header's bytes, with its own field taken for spaces, and the same with signed bytes, as old writers computed it.</summary>
    public static (long Unsigned, long Signed) Checksum(ReadOnlySpan<byte> block)
    {
        long sum = 8 * ' ', high = 0;
        for (int i = 0; i < BlockSize; i++)
        {
            if (i is >= 148 and < 156) continue;
            sum += block[i];
            high += block[i] >> 7;
        }
        return (sum, sum - (high << 8));
    }

    /// <summary>Writes an octal number that fills the field up to a last zero byte.</summary>
    /// <returns>Whether it fits.</returns>
    public static bool TryWriteOctal(Span<byte> field, long value)
    {
        int digits = field.Length - 1;
        if (value < 0 || value >> (3 * digits) != 0) return false;
        field[digits] = 0;
        for (int i = digits - 1; i >= 0; i--, value >>= 3) field[i] = (byte)('0' + (value & 7));
        return true;
    }

    /// <summary>Writes a number in base 256, as GNU tar does for what octal digits do not hold.</summary>
    public static void WriteBase256(Span<byte> field, long value)
    {
        field[..^8].Fill((byte)(value < 0 ? 0xff : 0));
        BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
        field[0] |= 0x80;
    }

    /// <summary>Reads a decimal number of a pax record, with a sign but nothing else.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool TryBase256(ReadOnlySpan<byte> field, out long value)
    {
        bool isNegative = (field[0] & 0x40) != 0;
        byte fill = isNegative ? (byte)0xff : (byte)0;
        byte first = (byte)(isNegative ? field[0] : field[0] & 0x7f);
        value = 0;
        for (int i = 0; i < field.Length; i++)
        {
            byte b = i == 0 ? first : field[i];
            if (i < field.Length - 8)
            {
                if (b != fill) return false;
                continue;
            }
            value = i == field.Length - 8 ? (sbyte)b : (value << 8) | b;
        }
        if (field.Length == 8 && !isNegative) return value >= 0;
        return value < 0 == isNegative;
    }
}
