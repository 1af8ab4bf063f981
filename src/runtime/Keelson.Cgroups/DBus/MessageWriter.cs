using System.Buffers.Binary;
using System.Text;

namespace Keelson.Cgroups.DBus;

/// <summary>Marshals values, little-endian. D-Bus specification "Marshaling (Wire Format)".</summary>
internal sealed class MessageWriter
{
    private byte[] buffer = new byte[512];

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, Length);

    /// <summary>Writes zeros up to a multiple of <paramref name="alignment"/>.</summary>
    public void Align(int alignment)
    {
        int padding = -Length & (alignment - 1);
        Room(padding).Clear();
        Length += padding;
    }

    public void WriteByte(byte value)
    {
        Room(1)[0] = value;
        Length++;
    }

    public void WriteUInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
        Length += 4;
    }

    /// <summary>A string or object path: length, bytes, zero.</summary>
    public void WriteString(string value)
    {
        int bytes = Encoding.UTF8.GetByteCount(value);
        WriteUInt32((uint)bytes);
        Encoding.UTF8.GetBytes(value, Room(bytes + 1));
        buffer[Length + bytes] = 0;
        Length += bytes + 1;
    }

    /// <summary>A signature: length in one byte, bytes, zero.</summary>
    public void WriteSignature(string value)
    {
        WriteByte(checked((byte)value.Length));
        Encoding.ASCII.GetBytes(value, Room(value.Length + 1));
        buffer[Length + value.Length] = 0;
        Length += value.Length + 1;
    }

    /// <summary>Overwrites four bytes, as lengths are known late.</summary>
    public void PatchUInt32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), value);

    /// <summary>Writes one value for each complete type of a signature.</summary>
    public void WriteAll(string signature, ReadOnlySpan<object> values)
    {
        ReadOnlySpan<char> rest = signature;
        foreach (object value in values) Write(ref rest, value);
        if (!rest.IsEmpty) throw new ArgumentException($"too few values for '{signature}'");
    }

    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Length of the first complete type of a signature.</summary>
    public static int TypeLength(ReadOnlySpan<char> signature) => signature[0] switch
    {
        'a' => 1 + TypeLength(signature[1..]),
        '(' => Closing(signature, '(', ')'),
        '{' => Closing(signature, '{', '}'),
        _ => 1,
    };

    private static int Closing(ReadOnlySpan<char> signature, char open, char close)
    {
        for (int i = 0, depth = 0; i < signature.Length; i++)
        {
            if (signature[i] == open) depth++;
            else if (signature[i] == close && --depth == 0) return i + 1;
        }
        throw new ArgumentException($"unbalanced signature '{signature}'");
    }

    private static int Alignment(char type) => type switch
    {
        'n' or 'q' => 2,
        'b' or 'i' or 'u' or 's' or 'o' or 'a' => 4,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 1,
    };

    private void Write(ref ReadOnlySpan<char> signature, object value)
    {
        char type = signature[0];
        int length = TypeLength(signature);
        ReadOnlySpan<char> inner = length > 2 && type != 'a' ? signature[1..(length - 1)] : signature[1..length];
        signature = signature[length..];
        Align(Alignment(type));
        switch (type)
        {
            case 'y': WriteByte((byte)value); break;
            case 'b': WriteUInt32((bool)value ? 1u : 0u); break;
            case 'n': WriteFixed(2, (ushort)(short)value); break;
            case 'q': WriteFixed(2, (ushort)value); break;
            case 'i': WriteFixed(4, (uint)(int)value); break;
            case 'u': WriteUInt32((uint)value); break;
            case 'x': WriteFixed(8, (ulong)(long)value); break;
            case 't': WriteFixed(8, (ulong)value); break;
            case 'd': WriteFixed(8, BitConverter.DoubleToUInt64Bits((double)value)); break;
            case 's' or 'o': WriteString((string)value); break;
            case 'g': WriteSignature((string)value); break;
            case 'v':
                BusVariant variant = (BusVariant)value;
                WriteSignature(variant.Signature);
                WriteAll(variant.Signature, [variant.Value]);
                break;
            case 'a': WriteArray(inner, value); break;
            case '(' or '{':
                foreach (object field in (object[])value) Write(ref inner, field);
                break;
            default: throw new ArgumentException($"type '{type}' is not known");
        }
    }

    private void WriteArray(ReadOnlySpan<char> element, object value)
    {
        int at = Length;
        WriteUInt32(0);
        // The padding before the first element is not part of the length, and is there without elements, too.
        Align(Alignment(element[0]));
        int start = Length;
        if (value is byte[] bytes) WriteBytes(bytes);
        else
            foreach (object item in (object[])value)
            {
                ReadOnlySpan<char> type = element;
                Write(ref type, item);
            }
        PatchUInt32(at, (uint)(Length - start));
    }

    private void WriteFixed(int bytes, ulong value)
    {
        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(whole, value);
        WriteBytes(whole[..bytes]);
    }

    private Span<byte> Room(int bytes)
    {
        if (buffer.Length - Length < bytes) Array.Resize(ref buffer, Math.Max(buffer.Length * 2, Length + bytes));
        return buffer.AsSpan(Length, bytes);
    }
}
