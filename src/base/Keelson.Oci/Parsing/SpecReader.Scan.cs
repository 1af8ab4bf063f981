using System.Buffers.Text;
using System.Text;

namespace Keelson.Oci;

internal ref partial struct SpecReader
{
    /// <summary>Passes over a string; what is between the quotes.</summary>
    private ReadOnlySpan<byte> ScanString(out Spelling spelling)
    {
        ReadOnlySpan<byte> text = _text;
        int start = _next + 1, i = start;
        uint seen = 0;
        // Most of a document is read by this loop; it calls nothing, so that all of it stays in registers.
        while ((uint)i < (uint)text.Length && text[i] >= ' ' && text[i] != '"' && text[i] != '\\') seen |= text[i++];
        spelling = seen < 0x80 ? Spelling.Ascii : Spelling.Utf8;
        if ((uint)i < (uint)text.Length && text[i] == '"') _next = i + 1;
        else ScanRestOfString(i, ref spelling);
        return text[start..(_next - 1)];
    }

    private void ScanRestOfString(int i, ref Spelling spelling)
    {
        ReadOnlySpan<byte> text = _text;
        while (i < text.Length && text[i] != '"')
        {
            _next = i;
            if (text[i] < ' ') throw Malformed("a string holds a control character");
            if (text[i] == '\\') spelling = Spelling.Escaped;
            i += text[i] == '\\' ? EscapeLength(i) : 1;
        }
        _next = i + 1;
        if (i >= text.Length) throw Malformed("a string does not end");
    }

    /// <summary>Length of the escape sequence at an offset.</summary>
    private readonly int EscapeLength(int offset)
    {
        ReadOnlySpan<byte> rest = _text[offset..];
        if (rest.Length > 1)
        {
            if (rest[1] is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t') return 2;
            if (rest[1] == 'u' && rest.Length >= 6 && TryHex(rest.Slice(2, 4), out _)) return 6;
        }
        throw Malformed("a string holds a wrong escape sequence");
    }

    /// <summary>Passes over a number of any form.</summary>
    private ReadOnlySpan<byte> ScanNumber()
    {
        int start = _next;
        if (Peek() == '-') _next++;
        if (Peek() == '0') _next++;
        else ScanDigits();
        if (Peek() == '.')
        {
            _next++;
            ScanDigits();
        }
        if (Peek() is 'e' or 'E')
        {
            _next++;
            if (Peek() is '+' or '-') _next++;
            ScanDigits();
        }
        return _text[start.._next];
    }

    private void ScanDigits()
    {
        if (Peek() is not (>= '0' and <= '9')) throw Malformed("a value is missing");
        while (Peek() is >= '0' and <= '9') _next++;
    }

    private void ScanWord(ReadOnlySpan<byte> word)
    {
        if (!_text[_next..].StartsWith(word)) throw Malformed("a value is missing");
        _next += word.Length;
    }

    /// <summary>The text that a string with valid escape sequences stands for, in UTF-8.</summary>
    private readonly ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw) =>
        TryUnescape(raw, out ReadOnlySpan<byte> text) ? text : throw Fail("has half of a surrogate pair");

    private static bool TryUnescape(ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> result)
    {
        result = default;
        // Every sequence is at least as long as what it stands for.
        byte[] text = new byte[raw.Length];
        int length = 0;
        for (int i = 0; i < raw.Length;)
        {
            if (raw[i] != '\\')
            {
                text[length++] = raw[i++];
                continue;
            }
            if (raw[i + 1] != 'u')
            {
                text[length++] = raw[i + 1] switch
                {
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    byte itself => itself,
                };
                i += 2;
                continue;
            }
            _ = TryHex(raw.Slice(i + 2, 4), out ushort unit);
            i += 6;
            if (char.IsSurrogate((char)unit))
            {
                if (raw.Length - i < 6 || raw[i] != '\\' || raw[i + 1] != 'u' || !TryHex(raw.Slice(i + 2, 4), out ushort low)
                    || !char.IsSurrogatePair((char)unit, (char)low)) return false;
                length += new Rune((char)unit, (char)low).EncodeToUtf8(text.AsSpan(length));
                i += 6;
            }
            else
            {
                length += new Rune((char)unit).EncodeToUtf8(text.AsSpan(length));
            }
        }
        result = text.AsSpan(0, length);
        return true;
    }

    /// <summary>How a string is written in the document.</summary>
    private enum Spelling
    {
        /// <summary>ASCII without escape sequences.</summary>
        Ascii,
        /// <summary>More than ASCII, perhaps not valid, without escape sequences.</summary>
        Utf8,
        /// <summary>With escape sequences.</summary>
        Escaped,
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, out ushort value) =>
        Utf8Parser.TryParse(digits, out value, out int used, 'x') && used == 4;
}
