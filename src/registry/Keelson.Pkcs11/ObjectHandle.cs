namespace Keelson.Pkcs11;

/// <summary>An object of a token as this process sees it. PKCS #11 v2.40 base, CK_OBJECT_HANDLE.</summary>
/// <param name="Value">The module's number. It means something as long as <see cref="Pkcs11Session.Epoch"/> is the same.</param>
public readonly record struct ObjectHandle(nuint Value);
