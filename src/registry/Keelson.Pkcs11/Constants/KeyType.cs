namespace Keelson.Pkcs11;

/// <summary>Which kind of key it is. PKCS #11 v2.40 base, CK_KEY_TYPE; v3.0 for Edwards curves.</summary>
public enum KeyType : ulong
{
    /// <summary>RSA.</summary>
    CKK_RSA = 0,
    /// <summary>A curve of the kind that ECDSA signs on.</summary>
    CKK_EC = 3,
    /// <summary>An Edwards curve.</summary>
    CKK_EC_EDWARDS = 0x40,
}
