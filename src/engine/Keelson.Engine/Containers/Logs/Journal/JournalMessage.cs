using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Keelson.Engine.Containers;

/// <summary>One entry for the journal, in its native form: fields <c>NAME=value</c>, each on a line. systemd "Native Journal Protocol".</summary>
internal static class JournalMessage
{
    /// <summary>Longest name of a field.</summary>
    private const int NameLimit = 64;

    /// <summary>Adds a field. A value with line feeds has its length before it.</summary>
    public static void Add(IBufferWriter<byte> message, string name, ReadOnlySpan<byte> value)
    {
        message.Write(Encoding.ASCII.GetBytes(name));
        if (!value.Contains((byte)'\n')) message.Write("="u8);
        else
        {
            message.Write("\n"u8);
            BinaryPrimitives.WriteUInt64LittleEndian(message.GetSpan(sizeof(ulong)), (ulong)value.Length);
            message.Advance(sizeof(ulong));
        }
        message.Write(value);
        message.Write("\n"u8);
    }

    /// <inheritdoc cref="Add(IBufferWriter{byte}, string, ReadOnlySpan{byte})"/>
    public static void Add(IBufferWriter<byte> message, string name, string value) => Add(message, name, Encoding.UTF8.GetBytes(value));

    /// <summary>The name of a field for a label or a variable: capitals, digits and underlines, as docker makes it; empty when nothing is left.</summary>
    public static string FieldName(string name)
    {
        string field = string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) ? c : '_')).TrimStart('_');
        return field.Length > NameLimit ? field[..NameLimit] : field;
    }
}
