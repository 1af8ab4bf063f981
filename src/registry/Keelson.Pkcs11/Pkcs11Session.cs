using Keelson.Pkcs11.Native;

namespace Keelson.Pkcs11;

/// <summary>A session with a token, lent to one caller at a time by <see cref="Pkcs11Token.RunAsync"/>. PKCS #11 v2.40 base, sections 5.6 to 5.13.</summary>
public sealed unsafe class Pkcs11Session
{
    /// <summary>Longest attribute that is read: points and names have some dozen bytes, labels a few hundred.</summary>
    private const int AttributeLimitBytes = 64 << 10;

    /// <summary>What nearly all attributes fit in.</summary>
    private const int AttributeRoomBytes = 512;

    /// <summary>How often an attribute may grow while it is read.</summary>
    private const int ReadAttempts = 4;

    /// <summary>Most objects that one search may give.</summary>
    private const int FindLimit = 1 << 18;

    private const int FindBatch = 64;

    private readonly FunctionList* functions;
    private readonly string token;

    internal Pkcs11Session(FunctionList* functions, string token, nuint handle, int epoch)
    {
        this.functions = functions;
        (this.token, Handle, Epoch) = (token, handle, epoch);
    }

    /// <summary>Counts how often the token was lost. Handles of objects that another epoch gave mean nothing, or another object.</summary>
    public int Epoch { get; }

    internal nuint Handle { get; }

    /// <summary>Finds all objects with some attributes.</summary>
    /// <exception cref="KeelsonException">DataLoss: there is no end of them.</exception>
    public IReadOnlyList<ObjectHandle> Find(params ReadOnlySpan<Pkcs11Attribute> template)
    {
        List<ObjectHandle> found = [];
        using NativeTemplate native = new(template);
        Check(functions->FindObjectsInit(Handle, native.First, native.Count), "find objects");
        nuint* batch = stackalloc nuint[FindBatch];
        for (nuint count = 1; count > 0;)
        {
            Check(functions->FindObjects(Handle, batch, FindBatch, &count), "find objects");
            if (count > FindBatch || found.Count + (int)count > FindLimit) throw new KeelsonException(ErrorKind.DataLoss, $"find objects in {token}: the module gives more than it may");
            for (nuint i = 0; i < count; i++) found.Add(new(batch[i]));
        }
        Check(functions->FindObjectsFinal(Handle), "find objects");
        return found;
    }

    /// <summary>Reads an attribute.</summary>
    /// <returns><see langword="null"/>: the object has none, or keeps it for itself.</returns>
    /// <exception cref="KeelsonException">DataLoss: its length makes no sense.</exception>
    public byte[]? Read(ObjectHandle item, AttributeType type)
    {
        Span<byte> room = stackalloc byte[AttributeRoomBytes];
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            CkAttribute attribute = new() { Type = type, Length = (nuint)room.Length };
            ReturnValue code;
            fixed (byte* value = room)
            {
                attribute.Value = value;
                code = functions->GetAttributeValue(Handle, item.Value, &attribute, 1);
            }
            // CK_UNAVAILABLE_INFORMATION is all bits set.
            if (code is ReturnValue.CKR_ATTRIBUTE_SENSITIVE or ReturnValue.CKR_ATTRIBUTE_TYPE_INVALID || (code == ReturnValue.CKR_OK && attribute.Length == nuint.MaxValue)) return null;
            if (code != ReturnValue.CKR_BUFFER_TOO_SMALL)
            {
                Check(code, $"read {type}");
                return attribute.Length <= (nuint)room.Length ? room[..(int)attribute.Length].ToArray() : throw Weird(type);
            }
            // The length is unavailable where the room was too small; without room it is told.
            attribute.Value = null;
            Check(functions->GetAttributeValue(Handle, item.Value, &attribute, 1), $"read {type}");
            if (attribute.Length > AttributeLimitBytes) throw Weird(type);
            room = new byte[(int)attribute.Length];
        }
        throw Weird(type);
    }

    /// <summary>Changes attributes.</summary>
    public void Write(ObjectHandle item, params ReadOnlySpan<Pkcs11Attribute> attributes)
    {
        using NativeTemplate native = new(attributes);
        Check(functions->SetAttributeValue(Handle, item.Value, native.First, native.Count), "write attributes");
    }

    /// <summary>Makes a pair of keys that stays in the token: the private half can neither be read nor wrapped.</summary>
    /// <param name="curve">Its curve.</param>
    /// <param name="label">The label of both halves.</param>
    /// <param name="id">The identifier of both halves.</param>
    /// <exception cref="KeelsonException">Unsupported: the token does not know the curve.</exception>
    public Pkcs11KeyPair Generate(EcCurve curve, string label, ReadOnlyMemory<byte> id)
    {
        if (curve == EcCurve.P256) return Generate(Mechanism.CKM_EC_KEY_PAIR_GEN, EcPublicKey.P256Parameters, label, id, out ReturnValue p256) ?? throw new Pkcs11Exception(p256, $"make a key of P-256 in {token}");
        // v3.0 allows both names, and tokens know one of them.
        Pkcs11KeyPair? pair = Generate(Mechanism.CKM_EC_EDWARDS_KEY_PAIR_GEN, EcPublicKey.Ed25519Parameters, label, id, out ReturnValue code);
        if (code is ReturnValue.CKR_CURVE_NOT_SUPPORTED or ReturnValue.CKR_DOMAIN_PARAMS_INVALID or ReturnValue.CKR_ATTRIBUTE_VALUE_INVALID)
            pair = Generate(Mechanism.CKM_EC_EDWARDS_KEY_PAIR_GEN, EcPublicKey.Ed25519Name, label, id, out code);
        return pair ?? throw new Pkcs11Exception(code, $"make a key of Ed25519 in {token}");
    }

    /// <summary>Reads the public half of a key.</summary>
    /// <returns><see langword="null"/>: it is on no curve that is known here, or it is damaged.</returns>
    public EcPublicKey? ReadPublicKey(ObjectHandle publicKey) =>
        Read(publicKey, AttributeType.CKA_EC_PARAMS) is { } parameters && Read(publicKey, AttributeType.CKA_EC_POINT) is { } point ? EcPublicKey.TryRead(parameters, point) : null;

    /// <summary>Signs with a key on a curve of 256 bits.</summary>
    /// <param name="mechanism"><see cref="Mechanism.CKM_ECDSA"/> or <see cref="Mechanism.CKM_EDDSA"/>.</param>
    /// <param name="key">The private half.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="input">ECDSA: a digest. EdDSA: the content.</param>
    /// <returns>64 bytes.</returns>
    /// <exception cref="KeelsonException">DataLoss: the module gave something else than a signature.</exception>
    public byte[] Sign(Mechanism mechanism, ObjectHandle key, string name, ReadOnlySpan<byte> input)
    {
        const int signatureBytes = 64;
        byte[] signature = new byte[signatureBytes];
        CkMechanism native = new() { Type = mechanism };
        ReturnValue code = functions->SignInit(Handle, &native, key.Value);
        nuint length = signatureBytes;
        if (code == ReturnValue.CKR_OK)
            fixed (byte* content = input, place = signature) code = functions->Sign(Handle, content, (nuint)input.Length, place, &length);
        if (code != ReturnValue.CKR_OK) throw new Pkcs11Exception(code, $"sign with {name} in {token}");
        return length == signatureBytes ? signature : throw new KeelsonException(ErrorKind.DataLoss, $"sign with {name} in {token}: {length} bytes are no signature");
    }

    /// <summary>Removes an object for good.</summary>
    public void Destroy(ObjectHandle item) => Check(functions->DestroyObject(Handle, item.Value), "remove an object");

    private Pkcs11KeyPair? Generate(Mechanism mechanism, ReadOnlySpan<byte> parameters, string label, ReadOnlyMemory<byte> id, out ReturnValue code)
    {
        Pkcs11Attribute name = Pkcs11Attribute.Text(AttributeType.CKA_LABEL, label), identifier = new(AttributeType.CKA_ID, id), token = Pkcs11Attribute.Flag(AttributeType.CKA_TOKEN, true);
        using NativeTemplate forPublic = new([name, identifier, token, Pkcs11Attribute.Flag(AttributeType.CKA_PRIVATE, false), Pkcs11Attribute.Flag(AttributeType.CKA_VERIFY, true), new(AttributeType.CKA_EC_PARAMS, parameters.ToArray())]);
        using NativeTemplate forPrivate = new(
        [
            name, identifier, token, Pkcs11Attribute.Flag(AttributeType.CKA_PRIVATE, true), Pkcs11Attribute.Flag(AttributeType.CKA_SENSITIVE, true), Pkcs11Attribute.Flag(AttributeType.CKA_EXTRACTABLE, false),
            Pkcs11Attribute.Flag(AttributeType.CKA_SIGN, true),
        ]);
        CkMechanism native = new() { Type = mechanism };
        nuint publicKey, privateKey;
        code = functions->GenerateKeyPair(Handle, &native, forPublic.First, forPublic.Count, forPrivate.First, forPrivate.Count, &publicKey, &privateKey);
        return code == ReturnValue.CKR_OK ? new(new(publicKey), new(privateKey)) : null;
    }

    private void Check(ReturnValue code, string operation)
    {
        if (code != ReturnValue.CKR_OK) throw new Pkcs11Exception(code, $"{operation} in {token}");
    }

    private KeelsonException Weird(AttributeType type) => new(ErrorKind.DataLoss, $"read {type} in {token}: its length makes no sense");
}
