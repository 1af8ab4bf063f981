using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>Writes the one form of a value that is signed: canonical JSON as OLPC defined it and TUF and notary use it.</summary>
/// <remarks>No white space, members by the UTF-8 bytes of their names, only <c>"</c> and <c>\</c> escaped, integers only.</remarks>
public static class CanonicalJson
{
    /// <summary>The canonical bytes of a value.</summary>
    /// <param name="value">A value that <see cref="TufJson.Parse"/> read.</param>
    public static byte[] Write(JsonElement value)
    {
        ArrayBufferWriter<byte> output = new(1024);
        Write(value, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Appends the canonical bytes of a value.</summary>
    /// <param name="value">A value that <see cref="TufJson.Parse"/> read.</param>
    /// <param name="output">Where to.</param>
    public static void Write(JsonElement value, IBufferWriter<byte> output)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(value, output);
                break;
            case JsonValueKind.Array:
                WriteArray(value, output);
                break;
            case JsonValueKind.String:
                ReadOnlySpan<byte> quoted = JsonMarshal.GetRawUtf8Value(value);
                WriteString(quoted[1..^1], output);
                break;
            default:
                // Integers, true, false and null have one spelling each once the reader let them pass.
                output.Write(JsonMarshal.GetRawUtf8Value(value));
                break;
        }
    }

    private static void WriteObject(JsonElement value, IBufferWriter<byte> output)
    {
        int count = value.GetPropertyCount();
        JsonProperty[] members = ArrayPool<JsonProperty>.Shared.Rent(count);
        try
        {
            int i = 0;
            bool isPlain = true;
            foreach (JsonProperty member in value.EnumerateObject())
            {
                isPlain &= !JsonMarshal.GetRawUtf8PropertyName(member).Contains((byte)'\\');
                members[i++] = member;
            }
            Sort(members.AsSpan(0, count), isPlain);
            output.Write("{"u8);
            for (i = 0; i < count; i++)
            {
                if (i > 0) output.Write(","u8);
                WriteString(JsonMarshal.GetRawUtf8PropertyName(members[i]), output);
                output.Write(":"u8);
                Write(members[i].Value, output);
            }
            output.Write("}"u8);
        }
        finally
        {
            ArrayPool<JsonProperty>.Shared.Return(members, clearArray: true);
        }
    }

    private static void Sort(Span<JsonProperty> members, bool isPlain)
    {
        if (!isPlain)
        {
            // An escape hides the bytes that count.
            members.Sort(static (a, b) => Encoding.UTF8.GetBytes(a.Name).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b.Name)));
            return;
        }
        for (int i = 1; i < members.Length; i++)
        {
            if (JsonMarshal.GetRawUtf8PropertyName(members[i - 1]).SequenceCompareTo(JsonMarshal.GetRawUtf8PropertyName(members[i])) <= 0) continue;
            members.Sort(static (a, b) => JsonMarshal.GetRawUtf8PropertyName(a).SequenceCompareTo(JsonMarshal.GetRawUtf8PropertyName(b)));
            return;
        }
    }

    private static void WriteArray(JsonElement value, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        bool isFirst = true;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!isFirst) output.Write(","u8);
            isFirst = false;
            Write(item, output);
        }
        output.Write("]"u8);
    }

    /// <summary>Writes a string from its JSON text without the quotes.</summary>
    private static void WriteString(ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        if (!raw.Contains((byte)'\\')) output.Write(raw);
        else WriteUnescaped(raw, output);
        output.Write("\""u8);
    }

    private static void WriteUnescaped(ReadOnlySpan<byte> raw, IBufferWriter<byte> output)
    {
        // Control characters stand as they are; canonical JSON is no longer JSON then, and need not be.
        byte[] quoted = new byte[raw.Length + 2];
        quoted[0] = quoted[^1] = (byte)'"';
        raw.CopyTo(quoted.AsSpan(1));
        Utf8JsonReader reader = new(quoted);
        reader.Read();
        byte[] text = new byte[raw.Length];
        ReadOnlySpan<byte> rest = text.AsSpan(0, reader.CopyString(text));
        while (true)
        {
            int special = rest.IndexOfAny((byte)'"', (byte)'\\');
            if (special < 0) break;
            output.Write(rest[..special]);
            output.Write("\\"u8);
            output.Write(rest.Slice(special, 1));
            rest = rest[(special + 1)..];
        }
        output.Write(rest);
    }
}
