using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>One attribute. PKCS #11 v2.40 base, CK_ATTRIBUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkAttribute
{
    public AttributeType Type;
    public byte* Value;
    public nuint Length;
}
