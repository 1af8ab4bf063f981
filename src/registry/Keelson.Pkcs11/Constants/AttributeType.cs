namespace Keelson.Pkcs11;

/// <summary>What objects are described by. PKCS #11 v2.40 base, CK_ATTRIBUTE_TYPE.</summary>
public enum AttributeType : ulong
{
    /// <summary>What the object is: <see cref="ObjectClass"/>.</summary>
    CKA_CLASS = 0,
    /// <summary>Whether the object outlives the session.</summary>
    CKA_TOKEN = 1,
    /// <summary>Whether only the user who is logged in sees it.</summary>
    CKA_PRIVATE = 2,
    /// <summary>Its name for people.</summary>
    CKA_LABEL = 3,
    /// <summary>Which kind of key it is: <see cref="KeyType"/>.</summary>
    CKA_KEY_TYPE = 0x100,
    /// <summary>Its name for programs, which the halves of a pair share.</summary>
    CKA_ID = 0x102,
    /// <summary>Whether the secret leaves the token only wrapped.</summary>
    CKA_SENSITIVE = 0x103,
    /// <summary>Whether the key signs.</summary>
    CKA_SIGN = 0x108,
    /// <summary>Whether the key verifies signatures.</summary>
    CKA_VERIFY = 0x10a,
    /// <summary>Whether the secret leaves the token at all.</summary>
    CKA_EXTRACTABLE = 0x162,
    /// <summary>Whether the secret never could leave the token.</summary>
    CKA_NEVER_EXTRACTABLE = 0x164,
    /// <summary>The curve, as DER.</summary>
    CKA_EC_PARAMS = 0x180,
    /// <summary>The public point.</summary>
    CKA_EC_POINT = 0x181,
}
