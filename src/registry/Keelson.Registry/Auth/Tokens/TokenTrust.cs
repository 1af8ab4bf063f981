using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Keelson.Registry.Auth;

/// <summary>The keys that vouch for tokens. It does not change; a changed file makes another one.</summary>
internal sealed class TokenTrust
{
    /// <summary>Certificates that a token may bring along, and the bytes of one.</summary>
    public const int MaxChain = 4, MaxCertificateBytes = 8192;

    private const int MaxKeys = 1000;
    private readonly Dictionary<string, TokenKey> keys = new(StringComparer.Ordinal);
    private readonly X509Certificate2Collection roots = [];

    private TokenTrust()
    {
    }

    /// <summary>No key at all.</summary>
    public static TokenTrust Nobody { get; } = new();

    /// <summary>Whether there are certificates that a chain can end at.</summary>
    public bool HasRoots => roots.Count > 0;

    /// <summary>Trusts what is in a file of certificates in PEM: chains that end there, and the keys of these certificates by their names (libtrust's, and RFC 7638).</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a certificate is not one, its key is of no use, or there is none.</exception>
    public static TokenTrust OfCertificates(ReadOnlySpan<byte> pem)
    {
        TokenTrust trust = new();
        try
        {
            trust.roots.ImportFromPem(Encoding.UTF8.GetString(pem));
            foreach (X509Certificate2 certificate in trust.roots)
            {
                TokenKey key = TokenKey.Of(certificate, isKept: true);
                trust.Add(key.LibtrustId, key);
                trust.Add(key.Thumbprint(), key);
            }
        }
        catch (CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "a certificate in it is not one");
        }
        return trust.roots.Count > 0 ? trust : throw new KeelsonException(ErrorKind.InvalidArgument, "there is no certificate in it");
    }

    /// <summary>Trusts keys by their names.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is not a set of keys.</exception>
    public static TokenTrust OfKeySet(ReadOnlySpan<byte> json)
    {
        TokenTrust trust = new();
        foreach ((string id, TokenKey key) in JsonWebKeySet.Parse(json))
            if (!trust.Add(id, key))
                throw new KeelsonException(ErrorKind.InvalidArgument, "two keys have the same kid");
        return trust;
    }

    /// <summary>Trusts both. A name that both have is the first's.</summary>
    public static TokenTrust Of(TokenTrust first, TokenTrust second)
    {
        TokenTrust trust = new();
        foreach (TokenTrust part in (TokenTrust[])[first, second])
        {
            foreach ((string id, TokenKey key) in part.keys) trust.Add(id, key);
            trust.roots.AddRange(part.roots);
        }
        return trust;
    }

    /// <summary>Trusts one key by its name.</summary>
    public static TokenTrust Of(string id, TokenKey key)
    {
        TokenTrust trust = new();
        trust.Add(id, key);
        return trust;
    }

    /// <summary>Finds a key by its name. The name is compared and used for nothing else: it is no path and no address.</summary>
    public TokenKey? Find(string id, DateTimeOffset now, out string reason)
    {
        reason = "its key is not trusted here";
        if (!keys.TryGetValue(id, out TokenKey? key)) return null;
        if (key.Certificate is null || IsValid(key.Certificate, now)) return key;
        reason = "the certificate of its key is not valid now";
        return null;
    }

    /// <summary>Takes the key of the first certificate of a chain, when the chain ends at a trusted one. RFC 7515 section 4.1.6. Nothing is fetched.</summary>
    public TokenKey? Find(IReadOnlyList<byte[]> chain, DateTimeOffset now, out DateTimeOffset until, out string reason)
    {
        until = default;
        reason = "its certificate is not trusted here";
        if (roots.Count == 0) return null;
        List<X509Certificate2> certificates = [];
        try
        {
            foreach (byte[] der in chain) certificates.Add(X509CertificateLoader.LoadCertificate(der));
            X509Certificate2 leaf = certificates[0];
            if (!IsValid(leaf, now))
            {
                reason = "its certificate is not valid now";
                return null;
            }
            // One that is trusted itself needs no chain, whatever it says of being an authority.
            // Compared byte by byte: X509Certificate2.Equals is content with the same issuer and serial number, which anybody can write into a certificate.
            bool isRoot = roots.Any(root => root.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span));
            if (!isRoot && !LeadsToRoot(certificates, now)) return null;
            until = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
            return TokenKey.Of(leaf, isKept: false);
        }
        catch (Exception e) when (e is CryptographicException or KeelsonException)
        {
            reason = "its certificate cannot be used";
            return null;
        }
        finally
        {
            foreach (X509Certificate2 certificate in certificates) certificate.Dispose();
        }
    }

    private bool LeadsToRoot(List<X509Certificate2> certificates, DateTimeOffset now)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        foreach (X509Certificate2 between in certificates[1..]) chain.ChainPolicy.ExtraStore.Add(between);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        try
        {
            return chain.Build(certificates[0]);
        }
        finally
        {
            foreach (X509ChainElement element in chain.ChainElements) element.Certificate.Dispose();
        }
    }

    private static bool IsValid(X509Certificate2 certificate, DateTimeOffset now) =>
        now.UtcDateTime >= certificate.NotBefore.ToUniversalTime() && now.UtcDateTime <= certificate.NotAfter.ToUniversalTime();

    private bool Add(string id, TokenKey key) =>
        keys.Count < MaxKeys ? keys.TryAdd(id, key) : throw new KeelsonException(ErrorKind.InvalidArgument, $"more than {MaxKeys} keys");
}
