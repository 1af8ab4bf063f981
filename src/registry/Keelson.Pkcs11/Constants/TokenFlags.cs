namespace Keelson.Pkcs11;

/// <summary>What is true of a token. PKCS #11 v2.40 base, CK_TOKEN_INFO.</summary>
[Flags]
public enum TokenFlags : ulong
{
    /// <summary>It makes numbers of chance.</summary>
    CKF_RNG = 1,
    /// <summary>Nothing can be written to it.</summary>
    CKF_WRITE_PROTECTED = 2,
    /// <summary>Some of what it does needs the PIN.</summary>
    CKF_LOGIN_REQUIRED = 4,
    /// <summary>The user has a PIN.</summary>
    CKF_USER_PIN_INITIALIZED = 8,
    /// <summary>The PIN is typed at the token itself.</summary>
    CKF_PROTECTED_AUTHENTICATION_PATH = 0x100,
    /// <summary>It was set up.</summary>
    CKF_TOKEN_INITIALIZED = 0x400,
    /// <summary>A wrong PIN came since the last right one.</summary>
    CKF_USER_PIN_COUNT_LOW = 0x10000,
    /// <summary>One more wrong PIN locks it.</summary>
    CKF_USER_PIN_FINAL_TRY = 0x20000,
    /// <summary>Too many wrong PINs came; it takes none any more.</summary>
    CKF_USER_PIN_LOCKED = 0x40000,
}
