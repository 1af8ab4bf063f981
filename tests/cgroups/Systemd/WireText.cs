using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Keelson.Cgroups.Tests;

/// <summary>Renders marshalled D-Bus values as text. Written from the specification and not from the library, so that each checks the other.</summary>
internal sealed class WireText(byte[] bytes, int start)
{
    private int at = start;

    /// <summary>The values of a body, separated by spaces: <c>text [1, 2] (a, b) &lt;t 5&gt;</c>.</summary>
    public static string Body(byte[] body, string signature)
    {
        WireText reader = new(body, 0);
        List<string> values = [];
        for (int i = 0; i < signature.Length;) values.Add(reader.Value(signature, ref i));
        Assert.Equal(body.Length, reader.at);
        return string.Join(' ', values);
    }

    /// <summary>The fields of a message's header by their codes.</summary>
    public static Dictionary<int, string> Fields(byte[] message)
    {
        WireText reader = new(message, 16);
        Dictionary<int, string> fields = [];
        int end = 16 + (int)BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(12));
        while (reader.at < end)
        {
            reader.Align(8);
            int code = message[reader.at++], i = 0;
            string variant = reader.Value("v", ref i);
            fields[code] = variant[(variant.IndexOf(' ', StringComparison.Ordinal) + 1)..^1];
        }
        return fields;
    }

    private string Value(string signature, ref int i)
    {
        char type = signature[i++];
        switch (type)
        {
            case 'y': return bytes[at++].ToString(CultureInfo.InvariantCulture);
            case 'b': return Number(4) == 0 ? "false" : "true";
            case 'n': return ((short)Number(2)).ToString(CultureInfo.InvariantCulture);
            case 'q': return Number(2).ToString(CultureInfo.InvariantCulture);
            case 'i': return ((int)Number(4)).ToString(CultureInfo.InvariantCulture);
            case 'u': return Number(4).ToString(CultureInfo.InvariantCulture);
            case 'x': return ((long)Number(8)).ToString(CultureInfo.InvariantCulture);
            case 't': return Number(8) is var t && t == ulong.MaxValue ? "max" : t.ToString(CultureInfo.InvariantCulture);
            case 'd': return BitConverter.UInt64BitsToDouble(Number(8)).ToString(CultureInfo.InvariantCulture);
            case 's' or 'o': return Text((int)Number(4));
            case 'g': return Text(bytes[at++]);
            case 'v':
                string inner = Text(bytes[at++]);
                int j = 0;
                return $"<{inner} {Value(inner, ref j)}>";
            case 'a':
                int length = (int)Number(4), element = i;
                Align(signature[i] is 'x' or 't' or 'd' or '(' or '{' ? 8 : signature[i] is 'y' or 'g' or 'v' ? 1 : signature[i] is 'n' or 'q' ? 2 : 4);
                int end = at + length;
                List<string> items = [];
                while (at < end)
                {
                    i = element;
                    items.Add(Value(signature, ref i));
                }
                Assert.Equal(end, at);
                if (items.Count == 0) Skip(signature, ref i);
                return "[" + string.Join(", ", items) + "]";
            case '(':
                Align(8);
                List<string> fields = [];
                while (signature[i] != ')') fields.Add(Value(signature, ref i));
                i++;
                return "(" + string.Join(", ", fields) + ")";
            default: throw new InvalidOperationException($"type {type}");
        }
    }

    private static void Skip(string signature, ref int i)
    {
        char type = signature[i++];
        if (type == 'a') Skip(signature, ref i);
        if (type != '(') return;
        while (signature[i] != ')') Skip(signature, ref i);
        i++;
    }

    private ulong Number(int size)
    {
        Align(size);
        ulong value = 0;
        for (int k = 0; k < size; k++) value |= (ulong)bytes[at + k] << (8 * k);
        at += size;
        return value;
    }

    private string Text(int length)
    {
        Assert.Equal(0, bytes[at + length]);
        at += length + 1;
        return Encoding.UTF8.GetString(bytes, at - length - 1, length);
    }

    private void Align(int alignment)
    {
        while (at % alignment != 0) Assert.Equal(0, bytes[at++]);
    }
}
