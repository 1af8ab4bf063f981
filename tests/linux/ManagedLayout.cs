using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keelson.Linux.Tests;

/// <summary>Where the runtime really puts a field: found by setting all bits of it and looking at the bytes.</summary>
internal static unsafe class ManagedLayout
{
    /// <summary>Size of a structure in bytes.</summary>
    public static int SizeOf(Type type) => (int)Generic(nameof(Size), type).Invoke(null, null)!;

    /// <summary>First byte and number of bytes of a field.</summary>
    public static (int Offset, int Size) Of(FieldInfo field)
    {
        object boxed = RuntimeHelpers.GetUninitializedObject(field.DeclaringType!);
        field.SetValue(boxed, field.FieldType.IsPointer ? Pointer.Box((void*)-1, field.FieldType) : Generic(nameof(Ones), field.FieldType).Invoke(null, null));
        byte[] bytes = (byte[])Generic(nameof(Bytes), field.DeclaringType!).Invoke(null, [boxed])!;
        int first = Array.IndexOf(bytes, byte.MaxValue);
        return (first, Array.LastIndexOf(bytes, byte.MaxValue) - first + 1);
    }

    private static MethodInfo Generic(string name, Type type) =>
        typeof(ManagedLayout).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type);

    private static int Size<T>() where T : unmanaged => sizeof(T);

    private static byte[] Bytes<T>(object boxed) where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in Unsafe.Unbox<T>(boxed))).ToArray();

    private static object Ones<T>() where T : unmanaged
    {
        T value = default;
        new Span<byte>(&value, sizeof(T)).Fill(byte.MaxValue);
        return value;
    }
}
