using System.Runtime.InteropServices;

namespace Keelson.Pkcs11.Native;

/// <summary>How a module shall lock. PKCS #11 v2.40 base, CK_C_INITIALIZE_ARGS.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CkInitializeArguments
{
    /// <summary>The module locks as the system does.</summary>
    public const nuint CKF_OS_LOCKING_OK = 2;

    // Locks of the application's own; none.
    public nint CreateMutex, DestroyMutex, LockMutex, UnlockMutex;
    public nuint Flags;
    public nint Reserved;
}
