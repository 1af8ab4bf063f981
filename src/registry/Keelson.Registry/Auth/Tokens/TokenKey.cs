using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keelson.Registry.Auth;

/// <summary>A public key that tokens are verified with.</summary>
internal sealed class TokenKey
{
    /// <summary>Sizes of RSA keys: 2048 bits, below which RFC 7518 section 3.3 forbids them, to 8192, beyond which a check takes milliseconds.</summary>
    private const int MinRsaBits = 2048, MaxRsaBits = 8192;

    private readonly byte[] info;

    private TokenKey(byte[] info, string? curve, string? onlyAlgorithm, X509Certificate2? certificate)
    {
        (this.info, Curve, OnlyAlgorithm, Certificate) = (info, curve, onlyAlgorithm, certificate);
        LibtrustId = LibtrustIdOf(info);
    }

    /// <summary>Object identifier of the curve; <see langword="null"/> for RSA.</summary>
    public string? Curve { get; }

    /// <summary>The one algorithm that the key is for; <see langword="null"/> when it is for all of its kind.</summary>
    public string? OnlyAlgorithm { get; }

    /// <summary>The certificate that the key came in, which ends at some time.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Name of the key in docker's libtrust: <c>ABCD:EFGH:…</c>, twelve groups.</summary>
    public string LibtrustId { get; }

    /// <summary>Takes the key of a certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="isKept">Whether the certificate outlives the key and is asked for its times later.</param>
    /// <exception cref="KeelsonException">InvalidArgument: its key is of no use here.</exception>
    public static TokenKey Of(X509Certificate2 certificate, bool isKept)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null) return Of(rsa, null, isKept ? certificate : null);
        using ECDsa? ec = certificate.GetECDsaPublicKey();
        return ec is not null ? Of(ec, null, isKept ? certificate : null) : throw new KeelsonException(ErrorKind.InvalidArgument, "the key of a certificate is neither RSA nor ECDSA");
    }

    /// <summary>Takes a key of RSA.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is too short or too long.</exception>
    public static TokenKey Of(RSA key, string? onlyAlgorithm, X509Certificate2? certificate = null) => key.KeySize is >= MinRsaBits and <= MaxRsaBits
        ? new(key.ExportSubjectPublicKeyInfo(), null, onlyAlgorithm, certificate)
        : throw new KeelsonException(ErrorKind.InvalidArgument, $"an RSA key of {key.KeySize} bits; {MinRsaBits} to {MaxRsaBits} are taken");

    /// <summary>Takes a key of an elliptic curve.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the curve has no name.</exception>
    public static TokenKey Of(ECDsa key, string? onlyAlgorithm, X509Certificate2? certificate = null) =>
        new(key.ExportSubjectPublicKeyInfo(), CurveOf(key.ExportParameters(false)), onlyAlgorithm, certificate);

    /// <summary>Whether a signature is right. RFC 7518 sections 3.3 to 3.5.</summary>
    public bool Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        // The key says what it is for; the token does not say what the key is.
        if (algorithm.Curve != Curve || OnlyAlgorithm is not null && OnlyAlgorithm != algorithm.Name) return false;
        try
        {
            // A fresh object for each check: those of the framework are not for many threads, and results are remembered.
            if (algorithm.Padding is { } padding)
            {
                using RSA rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(info, out _);
                return rsa.VerifyData(data, signature, algorithm.Hash, padding);
            }
            using ECDsa ec = ECDsa.Create();
            ec.ImportSubjectPublicKeyInfo(info, out _);
            return ec.VerifyData(data, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>The key's thumbprint. RFC 7638.</summary>
    public string Thumbprint()
    {
        string text;
        if (Curve is null)
        {
            using RSA rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(info, out _);
            RSAParameters values = rsa.ExportParameters(false);
            text = $$"""{"e":"{{Base64Url.EncodeToString(values.Exponent)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(values.Modulus)}}"}""";
        }
        else
        {
            (string name, string x, string y) = Point();
            text = $$"""{"crv":"{{name}}","kty":"EC","x":"{{x}}","y":"{{y}}"}""";
        }
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>A key of an elliptic curve as RFC 7518 section 6.2.1 writes it: name of the curve, and both coordinates.</summary>
    public (string Curve, string X, string Y) Point()
    {
        using ECDsa ec = ECDsa.Create();
        ec.ImportSubjectPublicKeyInfo(info, out _);
        ECParameters values = ec.ExportParameters(false);
        return ("P-" + ec.KeySize, Base64Url.EncodeToString(values.Q.X), Base64Url.EncodeToString(values.Q.Y));
    }

    /// <summary>Object identifier of a curve, which is what names it on every machine.</summary>
    private static string CurveOf(ECParameters key)
    {
        if (!key.Curve.IsNamed) throw new KeelsonException(ErrorKind.InvalidArgument, "the curve of an ECDSA key has no name");
        return key.Curve.Oid.Value ?? ECCurve.CreateFromFriendlyName(key.Curve.Oid.FriendlyName!).Oid.Value ?? "";
    }

    /// <summary>SHA-256 of the key's info (RFC 5280 section 4.1), 30 bytes of it in base 32, four characters to a group.</summary>
    private static string LibtrustIdOf(ReadOnlySpan<byte> info)
    {
        const string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        ReadOnlySpan<byte> hash = SHA256.HashData(info).AsSpan(0, 30);
        StringBuilder id = new();
        for (int bit = 0; bit < hash.Length * 8; bit += 5)
        {
            if (bit > 0 && bit % 20 == 0) id.Append(':');
            int pair = hash[bit / 8] << 8 | (bit / 8 + 1 < hash.Length ? hash[bit / 8 + 1] : 0);
            id.Append(digits[pair >> (11 - bit % 8) & 31]);
        }
        return id.ToString();
    }
}
