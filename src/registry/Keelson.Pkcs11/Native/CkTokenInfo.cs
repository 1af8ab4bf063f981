using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>What a module says of a token: texts without an end, filled with spaces. PKCS #11 v2.40 base, CK_TOKEN_INFO.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CkTokenInfo
{
    public const int LabelBytes = 32, ModelBytes = 16;

    public fixed byte Label[LabelBytes];
    public fixed byte Manufacturer[LabelBytes];
    public fixed byte Model[ModelBytes];
    public fixed byte SerialNumber[ModelBytes];
    public TokenFlags Flags;
    public nuint MaximumSessions, Sessions, MaximumWriters, Writers, MaximumPin, MinimumPin, TotalPublic, FreePublic, TotalPrivate, FreePrivate;
    public ushort HardwareVersion, FirmwareVersion;
    public fixed byte Time[16];
}
