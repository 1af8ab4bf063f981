using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keelson.Acme.Protocol;

namespace Keelson.Acme;

/// <summary>The key that an account is known by: ECDSA on P-256.</summary>
public sealed class AcmeAccountKey : IDisposable
{
    private const string Curve = "1.2.840.10045.3.1.7";
    private readonly ECDsa key;

    private AcmeAccountKey(ECDsa key)
    {
        this.key = key;
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        Public = new("P-256", "EC", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(Public, AcmeJson.Default.PublicKey)));
    }

    /// <summary>SHA-256 of the public key, in base64url. RFC 7638.</summary>
    public string Thumbprint { get; }

    internal PublicKey Public { get; }

    /// <summary>Makes a new key.</summary>
    public static AcmeAccountKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key in PEM.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is no such key.</exception>
    public static AcmeAccountKey FromPem(string pem)
    {
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: true) is { Curve.Oid.Value: Curve }) return new(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // What is wrong with it is not told: it is a secret.
        }
        key.Dispose();
        throw new KeelsonException(ErrorKind.InvalidArgument, "it is no private key of ECDSA on P-256 in PEM");
    }

    /// <summary>The key in PEM, as Go's autocert writes it.</summary>
    internal string ToPem() => key.ExportECPrivateKeyPem() + "\n";

    /// <summary>What shows that a challenge was answered by the account. RFC 8555 section 8.1.</summary>
    internal string Authorize(string token) => $"{token}.{Thumbprint}";

    /// <summary>Signs a message. RFC 8555 section 6.2.</summary>
    /// <param name="url">Where it goes.</param>
    /// <param name="nonce">What the server gave for it.</param>
    /// <param name="account">Address of the account; <see langword="null"/>: it has none yet, and the key itself is sent.</param>
    /// <param name="payload">The payload; empty for a mere read.</param>
    internal SignedMessage Sign(Uri url, string nonce, string? account, ReadOnlySpan<byte> payload) =>
        Seal(new("ES256", nonce, url.AbsoluteUri, account is null ? Public : null, account), payload, data => key.SignData(data, HashAlgorithmName.SHA256));

    /// <summary>Binds the key to an account that the authority knows otherwise. RFC 8555 section 7.3.4.</summary>
    internal SignedMessage Bind(Uri url, ExternalAccount account) =>
        Seal(new("HS256", null, url.AbsoluteUri, null, account.KeyId), JsonSerializer.SerializeToUtf8Bytes(Public, AcmeJson.Default.PublicKey), account.Sign);

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    private static SignedMessage Seal(MessageHeader header, ReadOnlySpan<byte> payload, Func<byte[], byte[]> sign)
    {
        string head = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header, AcmeJson.Default.MessageHeader)), body = Base64Url.EncodeToString(payload);
        return new(head, body, Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes($"{head}.{body}"))));
    }
}
