using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Keelson.Pkcs11;

/// <summary>One attribute with its value.</summary>
/// <param name="Type">Which one.</param>
/// <param name="Value">As the module has it: numbers are 8 bytes in the machine's order, flags one.</param>
public readonly record struct Pkcs11Attribute(AttributeType Type, ReadOnlyMemory<byte> Value)
{
    /// <summary>An attribute that is true or false.</summary>
    public static Pkcs11Attribute Flag(AttributeType type, bool value) => new(type, new[] { value ? (byte)1 : (byte)0 });

    /// <summary>An attribute that is text.</summary>
    public static Pkcs11Attribute Text(AttributeType type, string value) => new(type, Encoding.UTF8.GetBytes(value));

    /// <summary>What the object is.</summary>
    public static Pkcs11Attribute Class(ObjectClass value) => Number(AttributeType.CKA_CLASS, (ulong)value);

    /// <summary>Which kind of key it is.</summary>
    public static Pkcs11Attribute Key(KeyType value) => Number(AttributeType.CKA_KEY_TYPE, (ulong)value);

    /// <summary>Reads a number.</summary>
    /// <returns><see langword="null"/>: the bytes are none.</returns>
    public static ulong? NumberOf(ReadOnlySpan<byte> value) => value.Length == Unsafe.SizeOf<nuint>() ? MemoryMarshal.Read<nuint>(value) : null;

    private static Pkcs11Attribute Number(AttributeType type, ulong value)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return new(type, bytes);
    }
}
