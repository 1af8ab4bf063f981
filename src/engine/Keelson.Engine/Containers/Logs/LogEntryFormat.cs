using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary>A line of a json-file log: <c>{"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.1Z"}</c>, as docker writes it.</summary>
internal static class LogEntryFormat
{
    /// <summary>Writes an entry with its line feed.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="text">The bytes; what is not UTF-8 becomes U+FFFD, as docker has it.</param>
    /// <param name="stream">Where they came from.</param>
    /// <param name="attributes">An object in JSON for <c>attrs</c>; empty for none.</param>
    /// <param name="time">The time in JSON's form, quotes included.</param>
    public static void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> text, StandardStream stream, ReadOnlySpan<byte> attributes, ReadOnlySpan<byte> time)
    {
        writer.Write("{\"log\":\""u8);
        WriteEscaped(writer, text);
        writer.Write(stream == StandardStream.Error ? "\",\"stream\":\"stderr\""u8 : "\",\"stream\":\"stdout\""u8);
        if (attributes.Length > 0)
        {
            writer.Write(",\"attrs\":"u8);
            writer.Write(attributes);
        }
        writer.Write(",\"time\":"u8);
        writer.Write(time);
        writer.Write("}\n"u8);
    }

    /// <summary>A time with quotes, as Go's RFC3339Nano: no zeros at the end of the fraction.</summary>
    public static byte[] Time(DateTimeOffset time) => Encoding.ASCII.GetBytes('"' + TimeText(time) + '"');

    /// <inheritdoc cref="Time"/>
    public static string TimeText(DateTimeOffset time)
    {
        string text = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
        return text + "Z";
    }

    /// <summary>Reads an entry.</summary>
    /// <returns>Whether it is one; a torn one is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out LogLine line)
    {
        line = default;
        byte[]? text = null;
        StandardStream stream = StandardStream.Output;
        DateTimeOffset time = default;
        try
        {
            Utf8JsonReader reader = new(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("log"u8) && reader.Read() && reader.TokenType == JsonTokenType.String) text = Unescape(ref reader);
                else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("stream"u8) && reader.Read()) stream = reader.ValueTextEquals("stderr"u8) ? StandardStream.Error : StandardStream.Output;
                else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("time"u8) && reader.Read()) time = TimeOf(ref reader);
                else reader.Skip();
            }
            if (reader.TokenType != JsonTokenType.EndObject || text is null) return false;
        }
        catch (JsonException)
        {
            return false;
        }
        line = new(stream, time, text);
        return true;
    }

    private static byte[] Unescape(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped) return reader.ValueSpan.ToArray();
        byte[] buffer = new byte[reader.ValueSpan.Length];
        int length = reader.CopyString(buffer);
        return buffer.AsSpan(0, length).ToArray();
    }

    private static DateTimeOffset TimeOf(ref Utf8JsonReader reader)
    {
        // Go writes up to nine digits of a second, .NET reads seven.
        ReadOnlySpan<byte> text = reader.ValueSpan;
        int point = text.IndexOf((byte)'.');
        if (point > 0 && text.Length > point + 9 && text[^1] == (byte)'Z')
        {
            Span<byte> shorter = stackalloc byte[point + 9];
            text[..(point + 8)].CopyTo(shorter);
            shorter[^1] = (byte)'Z';
            return Utf8Parser.TryParse(shorter, out DateTimeOffset cut, out _, 'O') ? cut : DateTimeOffset.TryParse(Encoding.ASCII.GetString(shorter), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out cut) ? cut : default;
        }
        return DateTimeOffset.TryParse(Encoding.ASCII.GetString(text), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : default;
    }

    private static void WriteEscaped(IBufferWriter<byte> writer, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int plain = PlainLength(text);
            if (plain > 0) writer.Write(text[..plain]);
            text = text[plain..];
            if (text.IsEmpty) return;
            byte b = text[0];
            switch (b)
            {
                case (byte)'"': writer.Write("\\\""u8); break;
                case (byte)'\\': writer.Write("\\\\"u8); break;
                case (byte)'\n': writer.Write("\\n"u8); break;
                case (byte)'\r': writer.Write("\\r"u8); break;
                case (byte)'\t': writer.Write("\\t"u8); break;
                case < 0x20 or 0x7f:
                    Span<byte> escape = writer.GetSpan(6);
                    "\\u00"u8.CopyTo(escape);
                    escape[4] = (byte)"0123456789abcdef"[b >> 4];
                    escape[5] = (byte)"0123456789abcdef"[b & 15];
                    writer.Advance(6);
                    break;
                default:
                    OperationStatus status = Rune.DecodeFromUtf8(text, out _, out int length);
                    writer.Write(status == OperationStatus.Done ? text[..length] : "\\ufffd"u8);
                    text = text[length..];
                    continue;
            }
            text = text[1..];
        }
    }

    /// <summary>How many bytes at the beginning need no thought.</summary>
    private static int PlainLength(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOfAnyExcept(Plain);
        return at < 0 ? text.Length : at;
    }

    private static readonly SearchValues<byte> Plain = SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(b => (byte)b).Where(b => b is not ((byte)'"' or (byte)'\\'))]);
}
