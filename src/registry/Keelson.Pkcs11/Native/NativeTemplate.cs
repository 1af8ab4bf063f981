using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>Attributes in memory that a module reads.</summary>
/// <remarks>
/// <code>
/// ┌───────────┬───────────┬───┬─────────┬─────────┬───┐
/// │ attribute │ attribute │ … │ value   │ value   │ … │
/// └───────────┴───────────┴───┴─────────┴─────────┴───┘
/// </code>
/// </remarks>
internal readonly unsafe ref struct NativeTemplate : IDisposable
{
    public NativeTemplate(ReadOnlySpan<Pkcs11Attribute> attributes)
    {
        int bytes = sizeof(CkAttribute) * attributes.Length;
        foreach (Pkcs11Attribute attribute in attributes) bytes += attribute.Value.Length;
        First = (CkAttribute*)NativeMemory.Alloc((nuint)Math.Max(bytes, 1));
        Count = (nuint)attributes.Length;
        byte* value = (byte*)(First + attributes.Length);
        for (int i = 0; i < attributes.Length; i++)
        {
            ReadOnlySpan<byte> source = attributes[i].Value.Span;
            source.CopyTo(new Span<byte>(value, source.Length));
            First[i] = new() { Type = attributes[i].Type, Value = value, Length = (nuint)source.Length };
            value += source.Length;
        }
    }

    public CkAttribute* First { get; }

    public nuint Count { get; }

    public void Dispose() => NativeMemory.Free(First);
}
