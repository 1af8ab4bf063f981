using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Keelson.Notary.Client;

/// <summary>A private key of a collection or a person.</summary>
/// <remarks>Kept as PrivateKeyInfo of PKCS #8; Ed25519 keys in notary's own form, which is older than RFC 8410: public key, seed, public key.</remarks>
public sealed class TrustKey : IDisposable
{
    private const string RsaKey = "1.2.840.113549.1.1.1", EcKey = "1.2.840.10045.2.1", NotaryEd25519 = "1.3.6.1.4.1.11591.15.1", Ed25519 = "1.3.101.112";
    private const int SeedBytes = 32;
    private readonly byte[] pkcs8;

    private TrustKey(byte[] pkcs8, ITufSigner signer)
    {
        this.pkcs8 = pkcs8;
        Signer = signer;
        Public = TrustPublicKeys.Of(signer);
    }

    /// <summary>Its identifier: that of its public key, not of a certificate around it.</summary>
    public string Id => Public.Id;

    /// <summary>Its public half.</summary>
    public TufKey Public { get; }

    /// <summary>Signs with it; owned by this key.</summary>
    public ITufSigner Signer { get; }

    /// <summary>Makes a key.</summary>
    /// <param name="algorithm"><c>ecdsa</c> (P-256) or <c>ed25519</c>.</param>
    /// <exception cref="KeelsonException">InvalidArgument: another algorithm.</exception>
    public static TrustKey Generate(string algorithm = "ecdsa")
    {
        switch (algorithm)
        {
            case "ecdsa":
                using (ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256)) return Read(key.ExportPkcs8PrivateKey());
            case "ed25519":
                return OfSeed(RandomNumberGenerator.GetBytes(SeedBytes));
            default:
                throw new KeelsonException(ErrorKind.InvalidArgument, $"make key: '{algorithm}' is neither ecdsa nor ed25519");
        }
    }

    /// <summary>Reads PrivateKeyInfo.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: not a key, or of an algorithm that is not known here.</exception>
    internal static TrustKey Read(byte[] pkcs8)
    {
        try
        {
            AsnReader info = new AsnReader(pkcs8, AsnEncodingRules.BER).ReadSequence();
            info.ReadInteger();
            string algorithm = info.ReadSequence().ReadObjectIdentifier();
            byte[] content = info.ReadOctetString();
            switch (algorithm)
            {
                case EcKey:
                    ECDsa ecdsa = ECDsa.Create();
                    ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    return new(pkcs8, new EcdsaSigner(ecdsa));
                case RsaKey:
                    RSA rsa = RSA.Create();
                    rsa.ImportPkcs8PrivateKey(pkcs8, out _);
                    return new(pkcs8, new RsaSigner(rsa));
                case NotaryEd25519:
                    return FromNotaryEd25519(content);
                case Ed25519:
                    return OfSeed(new AsnReader(content, AsnEncodingRules.DER).ReadOctetString());
                default:
                    throw new KeelsonException(ErrorKind.InvalidArgument, $"read key: algorithm {algorithm} is not known");
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read key: not a private key", e);
        }
    }

    /// <summary>Reads what older PEM files hold.</summary>
    internal static TrustKey ReadLegacy(string label, byte[] content)
    {
        try
        {
            switch (label)
            {
                case "EC PRIVATE KEY":
                    using (ECDsa key = ECDsa.Create())
                    {
                        key.ImportECPrivateKey(content, out _);
                        return Read(key.ExportPkcs8PrivateKey());
                    }
                case "RSA PRIVATE KEY":
                    using (RSA key = RSA.Create())
                    {
                        key.ImportRSAPrivateKey(content, out _);
                        return Read(key.ExportPkcs8PrivateKey());
                    }
                default:
                    return FromNotaryEd25519(content);
            }
        }
        catch (CryptographicException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read key: not a private key", e);
        }
    }

    /// <summary>The text of a key file.</summary>
    /// <param name="role">The role that it is for; empty: not said.</param>
    /// <param name="gun">The collection that it is for; empty: any.</param>
    /// <param name="passphrase">Encrypts it; empty: it stays readable.</param>
    public string ToPem(string role, string gun, string passphrase)
    {
        Dictionary<string, string> headers = [];
        if (role.Length > 0) headers["role"] = role;
        if (gun.Length > 0) headers["gun"] = gun;
        return passphrase.Length == 0
            ? new PemBlock("PRIVATE KEY", headers, pkcs8).ToString()
            : new PemBlock("ENCRYPTED PRIVATE KEY", headers, PrivateKeyCipher.Encrypt(pkcs8, passphrase)).ToString();
    }

    /// <summary>The public key as <c>docker trust key generate</c> writes it.</summary>
    /// <param name="role">The role to note in it.</param>
    public string PublicPem(string role) => new PemBlock("PUBLIC KEY", new Dictionary<string, string> { ["role"] = role }, Convert.FromBase64String(Public.Public)).ToString();

    /// <summary>A certificate of this key, signed by itself: code signing, ten years, as notary makes for roots.</summary>
    /// <param name="gun">The common name: the collection.</param>
    /// <param name="begins">From when on it holds.</param>
    /// <returns>PEM, with a line feed at its end.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: an Ed25519 key, for which notary knows no certificates.</exception>
    public string SelfSigned(string gun, DateTimeOffset begins) => RootCertificates.Make(pkcs8, Public.KeyType, gun, begins);

    /// <inheritdoc/>
    public void Dispose()
    {
        (Signer as IDisposable)?.Dispose();
        CryptographicOperations.ZeroMemory(pkcs8);
    }

    private static TrustKey FromNotaryEd25519(byte[] content) =>
        content.Length == 3 * SeedBytes ? OfSeed(content.AsSpan(SeedBytes, SeedBytes)) : throw new KeelsonException(ErrorKind.InvalidArgument, "read key: not an Ed25519 key");

    private static TrustKey OfSeed(ReadOnlySpan<byte> seed)
    {
        Ed25519Signer signer = new(seed);
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence()) writer.WriteObjectIdentifier(NotaryEd25519);
            writer.WriteOctetString([.. signer.PublicKey.Span, .. seed, .. signer.PublicKey.Span]);
        }
        return new(writer.Encode(), signer);
    }
}
