namespace Keelson.Pkcs11;

/// <summary>What an object is. PKCS #11 v2.40 base, CK_OBJECT_CLASS.</summary>
public enum ObjectClass : ulong
{
    /// <summary>Data of an application.</summary>
    CKO_DATA = 0,
    /// <summary>A certificate.</summary>
    CKO_CERTIFICATE = 1,
    /// <summary>The public half of a pair.</summary>
    CKO_PUBLIC_KEY = 2,
    /// <summary>The private half of a pair.</summary>
    CKO_PRIVATE_KEY = 3,
    /// <summary>A symmetric key.</summary>
    CKO_SECRET_KEY = 4,
}
