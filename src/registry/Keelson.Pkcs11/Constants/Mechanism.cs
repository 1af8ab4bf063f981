namespace Keelson.Pkcs11;

/// <summary>What a token can do. PKCS #11 v2.40 mechanisms; v3.0 for Edwards curves.</summary>
public enum Mechanism : ulong
{
    /// <summary>Makes a pair of keys on a curve.</summary>
    CKM_EC_KEY_PAIR_GEN = 0x1040,
    /// <summary>Signs a digest with ECDSA: r and s, each as wide as the curve.</summary>
    CKM_ECDSA = 0x1041,
    /// <summary>Makes a pair of keys on an Edwards curve.</summary>
    CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055,
    /// <summary>Signs content as RFC 8032 has it.</summary>
    CKM_EDDSA = 0x1057,
}
