using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>A mechanism and its parameter. PKCS #11 v2.40 base, CK_MECHANISM.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkMechanism
{
    public Mechanism Type;
    public nint Parameter;
    public nuint ParameterLength;
}
