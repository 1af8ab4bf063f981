using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>Public keys as metadata of notary holds them.</summary>
public static class TrustPublicKeys
{
    private const string Sha1Rsa = "1.2.840.113549.1.1.5", Sha1Ecdsa = "1.2.840.10045.4.1", RsaOid = "1.2.840.113549.1.1.1", EcOid = "1.2.840.10045.2.1";
    private static readonly NotaryDialect Dialect = new();

    /// <summary>The public half of a signer.</summary>
    public static TufKey Of(ITufSigner signer) => Dialect.KeyOf(signer);

    /// <summary>A public key from a file: a certificate or a public key in PEM, as people hand them in for delegations.</summary>
    /// <param name="pem">The file's text. Of several objects the first counts.</param>
    /// <param name="now">A certificate must hold at this time.</param>
    /// <exception cref="KeelsonException">InvalidArgument: neither, too weak, or expired.</exception>
    public static TufKey FromPem(string pem, DateTimeOffset now)
    {
        List<PemBlock> blocks = PemBlock.ReadAll(pem);
        if (blocks.Count == 0) throw Bad("no certificate and no public key in PEM");
        switch (blocks[0].Label)
        {
            case "CERTIFICATE":
                using (X509Certificate2 certificate = Load(blocks[0].Content))
                {
                    if (certificate.SignatureAlgorithm.Value is Sha1Rsa or Sha1Ecdsa) throw Bad("the certificate is signed with SHA-1");
                    if (certificate.NotAfter.ToUniversalTime() <= now.UtcDateTime) throw Bad("the certificate has expired");
                    if (certificate.NotBefore.ToUniversalTime() > now.UtcDateTime.AddDays(1)) throw Bad("the certificate does not hold yet");
                    return FromCertificate(certificate.ExportCertificatePem() + "\n", certificate);
                }
            case "PUBLIC KEY":
                PublicKey key = ReadSpki(blocks[0].Content);
                return Read(TypeOf(key), blocks[0].Content);
            default:
                throw Bad($"a {blocks[0].Label} is neither a certificate nor a public key");
        }
    }

    /// <summary>The key of a certificate, as roots hold it.</summary>
    /// <param name="pem">The chain in PEM, the leaf first; every byte counts towards the identifier.</param>
    public static TufKey FromCertificate(string pem)
    {
        using X509Certificate2 certificate = Load(PemBlock.ReadAll(pem) is [var leaf, ..] ? leaf.Content : throw Bad("no certificate in PEM"));
        return FromCertificate(pem, certificate);
    }

    /// <summary>The identifier under which the private key of a public key is kept: of keys in certificates that of the bare key.</summary>
    public static string CanonicalId(TufKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!key.KeyType.EndsWith("-x509", StringComparison.Ordinal)) return key.Id;
        using X509Certificate2 leaf = Leaf(key);
        return IdOf(TypeOf(leaf.PublicKey), Convert.ToBase64String(leaf.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>A key of the wire: <c>{"keytype":…,"keyval":{"public":…}}</c>.</summary>
    /// <exception cref="TufException">BadKey.</exception>
    internal static TufKey FromJson(JsonNode? node)
    {
        string type = node?["keytype"]?.GetValue<string>() ?? throw Bad("no keytype"), text = node["keyval"]?["public"]?.GetValue<string>() ?? throw Bad("no public half");
        return Read(type, text);
    }

    internal static JsonObject ToJson(TufKey key) => Dialect.WriteKey(key);

    /// <summary>The chain that a key of a root stands in.</summary>
    internal static X509Certificate2Collection Chain(TufKey key)
    {
        X509Certificate2Collection chain = [];
        foreach (PemBlock block in PemBlock.ReadAll(Encoding.ASCII.GetString(Convert.FromBase64String(key.Public)))) chain.Add(Load(block.Content));
        return chain;
    }

    private static X509Certificate2 Leaf(TufKey key) =>
        Load(PemBlock.ReadAll(Encoding.ASCII.GetString(Convert.FromBase64String(key.Public))) is [var leaf, ..] ? leaf.Content : throw Bad("no certificate in PEM"));

    private static TufKey FromCertificate(string pem, X509Certificate2 certificate) => Read(TypeOf(certificate.PublicKey) + "-x509", Encoding.ASCII.GetBytes(pem));

    private static TufKey Read(string type, byte[] content) => Read(type, Convert.ToBase64String(content));

    private static TufKey Read(string type, string text)
    {
        JsonObject json = new() { ["keytype"] = type, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = text } };
        return Dialect.ReadKey(IdOf(type, text), TufJson.Parse(Encoding.UTF8.GetBytes(json.ToJsonString(TrustJson.Options))));
    }

    private static string IdOf(string type, string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($$$"""{"keytype":"{{{type}}}","keyval":{"private":null,"public":"{{{text}}}"}}""")));

    private static string TypeOf(PublicKey key) => key.Oid.Value switch { EcOid => "ecdsa", RsaOid => "rsa", _ => throw Bad("neither ECDSA nor RSA") };

    private static PublicKey ReadSpki(byte[] content)
    {
        try
        {
            return PublicKey.CreateFromSubjectPublicKeyInfo(content, out _);
        }
        catch (CryptographicException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read public key: not a public key", e);
        }
    }

    private static X509Certificate2 Load(byte[] content)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(content);
        }
        catch (CryptographicException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read public key: not a certificate", e);
        }
    }

    private static KeelsonException Bad(string cause) => new(ErrorKind.InvalidArgument, "read public key: " + cause);
}
