using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>The functions of a module that are called here. PKCS #11 v2.40 base, CK_FUNCTION_LIST.</summary>
/// <remarks>
/// <code>
///  0        8                     16                                   8 · 68
/// ┌────────┬─────────────────────┬───────────────────┬───     ───┬────────────────────┐
/// │version │ C_Initialize        │ C_Finalize        │    …      │ C_WaitForSlotEvent │
/// └────────┴─────────────────────┴───────────────────┴───     ───┴────────────────────┘
/// </code>
/// Pointers are of 8 bytes, and CK_ULONG is as wide: 64-bit Linux does not pack these structures.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 8 * 69)]
internal unsafe struct FunctionList
{
    [FieldOffset(0)] public byte Major;
    [FieldOffset(1)] public byte Minor;
    [FieldOffset(8 * 1)] public delegate* unmanaged[Cdecl]<CkInitializeArguments*, ReturnValue> Initialize;
    [FieldOffset(8 * 2)] public delegate* unmanaged[Cdecl]<void*, ReturnValue> Finalize;
    [FieldOffset(8 * 5)] public delegate* unmanaged[Cdecl]<byte, nuint*, nuint*, ReturnValue> GetSlotList;
    [FieldOffset(8 * 7)] public delegate* unmanaged[Cdecl]<nuint, CkTokenInfo*, ReturnValue> GetTokenInfo;
    [FieldOffset(8 * 13)] public delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, nuint*, ReturnValue> OpenSession;
    [FieldOffset(8 * 14)] public delegate* unmanaged[Cdecl]<nuint, ReturnValue> CloseSession;
    [FieldOffset(8 * 19)] public delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ReturnValue> Login;
    [FieldOffset(8 * 23)] public delegate* unmanaged[Cdecl]<nuint, nuint, ReturnValue> DestroyObject;
    [FieldOffset(8 * 25)] public delegate* unmanaged[Cdecl]<nuint, nuint, CkAttribute*, nuint, ReturnValue> GetAttributeValue;
    [FieldOffset(8 * 26)] public delegate* unmanaged[Cdecl]<nuint, nuint, CkAttribute*, nuint, ReturnValue> SetAttributeValue;
    [FieldOffset(8 * 27)] public delegate* unmanaged[Cdecl]<nuint, CkAttribute*, nuint, ReturnValue> FindObjectsInit;
    [FieldOffset(8 * 28)] public delegate* unmanaged[Cdecl]<nuint, nuint*, nuint, nuint*, ReturnValue> FindObjects;
    [FieldOffset(8 * 29)] public delegate* unmanaged[Cdecl]<nuint, ReturnValue> FindObjectsFinal;
    [FieldOffset(8 * 43)] public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, nuint, ReturnValue> SignInit;
    [FieldOffset(8 * 44)] public delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, ReturnValue> Sign;
    [FieldOffset(8 * 60)] public delegate* unmanaged[Cdecl]<nuint, CkMechanism*, CkAttribute*, nuint, CkAttribute*, nuint, nuint*, nuint*, ReturnValue> GenerateKeyPair;
}
