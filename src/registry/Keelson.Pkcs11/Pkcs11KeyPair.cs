namespace Keelson.Pkcs11;

/// <summary>The two objects of a pair of keys.</summary>
/// <param name="Public">The public half.</param>
/// <param name="Private">The private half.</param>
public readonly record struct Pkcs11KeyPair(ObjectHandle Public, ObjectHandle Private);
