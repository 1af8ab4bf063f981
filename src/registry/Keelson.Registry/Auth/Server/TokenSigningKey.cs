using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using OpenFlags = Keelson.Linux.Sys.OpenFlags;

namespace Keelson.Registry.Auth;

/// <summary>The key that a token server signs with: ECDSA on P-256, in a file.</summary>
public sealed class TokenSigningKey : IDisposable
{
    private const uint OwnerOnly = 0b110_000_000, OthersMayRead = 0b000_000_111;
    private const int MaxFileBytes = 64 << 10, CertificateYears = 10;
    private readonly ECDsa key;
    private readonly Lock gate = new();
    private readonly byte[] secret;

    private TokenSigningKey(ECDsa key)
    {
        this.key = key;
        Public = TokenKey.Of(key, "ES256");
        byte[] material = key.ExportPkcs8PrivateKey();
        secret = HKDF.DeriveKey(HashAlgorithmName.SHA256, material, Fingerprint.KeyBytes, info: "keelson registry: refresh tokens"u8.ToArray());
        CryptographicOperations.ZeroMemory(material);
    }

    /// <summary>Name of the key in tokens, as libtrust makes it, so that docker's registry knows it by its certificate.</summary>
    public string Id => Public.LibtrustId;

    internal TokenKey Public { get; }

    /// <summary>A secret that only who has the key can make.</summary>
    internal ReadOnlySpan<byte> Secret => secret;

    /// <summary>Reads the key, and makes one when the file is missing: PKCS #8 in PEM, mode 0600, there as a whole or not at all. Who starts at the same time gets the same key.</summary>
    /// <exception cref="KeelsonException">PermissionDenied: everybody may read the file. InvalidArgument: it is no such key. Others: it cannot be read or made.</exception>
    public static TokenSigningKey LoadOrCreate(string path)
    {
        if (Files.TryStatus(path, out _) == Errno.ENOENT)
        {
            using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            Publish(path, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"), OwnerOnly);
        }
        return Load(path);
    }

    /// <summary>Reads the certificate of this key, and makes a self-signed one when the file is missing: what a registry's <c>rootcertbundle</c> wants.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is the certificate of another key, or none. Others: it cannot be read or made.</exception>
    public X509Certificate2 LoadOrCreateCertificate(string path, TimeProvider? time = null)
    {
        if (Files.TryStatus(path, out _) == Errno.ENOENT)
        {
            CertificateRequest request = new("CN=keelson token server", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, true));
            DateTimeOffset now = (time ?? TimeProvider.System).GetUtcNow();
            using X509Certificate2 made = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(CertificateYears));
            Publish(path, Encoding.ASCII.GetBytes(made.ExportCertificatePem() + "\n"), 0b110_100_100);
        }
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Files.ReadAll(path, MaxFileBytes).Span));
            if (TokenKey.Of(certificate, isKept: false).LibtrustId == Id) return certificate;
            certificate.Dispose();
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read certificate {path}: it is of another key than the one that signs");
        }
        catch (CryptographicException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read certificate {path}: it is not a certificate in PEM");
        }
    }

    /// <summary>The public key as a set of keys. RFC 7517 section 5.</summary>
    public byte[] KeySet()
    {
        (string curve, string x, string y) = Public.Point();
        return Encoding.ASCII.GetBytes($$"""{"keys":[{"kty":"EC","use":"sig","alg":"ES256","kid":"{{Id}}","crv":"{{curve}}","x":"{{x}}","y":"{{y}}"}]}""");
    }

    /// <summary>Signs header and claims and puts a token together.</summary>
    internal string Sign(ReadOnlySpan<byte> header, ReadOnlySpan<byte> claims)
    {
        string text = Base64Url.EncodeToString(header) + "." + Base64Url.EncodeToString(claims);
        byte[] signature;
        lock (gate) signature = key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return text + "." + Base64Url.EncodeToString(signature);
    }

    /// <summary>Forgets the key.</summary>
    public void Dispose()
    {
        key.Dispose();
        CryptographicOperations.ZeroMemory(secret);
    }

    private static TokenSigningKey Load(string path)
    {
        using FdHandle file = Files.Open(path, OpenFlags.O_RDONLY);
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("look at", path);
        if ((status.Mode & OthersMayRead) != 0) throw new KeelsonException(ErrorKind.PermissionDenied, $"read key {path}: every user of the machine may read or write it; chmod 600");
        Files.TryReadAll(file.Fd, out ReadOnlyMemory<byte> contents, MaxFileBytes).ThrowIfError("read", path);
        ECDsa key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.UTF8.GetString(contents.Span));
            // A public key can be read from such a file too; with it nothing can be signed.
            if (key.KeySize == 256 && key.ExportParameters(true).D is not null) return new TokenSigningKey(key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or KeelsonException)
        {
            // The text of such an error may have a part of the file in it.
        }
        key.Dispose();
        throw new KeelsonException(ErrorKind.InvalidArgument, $"read key {path}: it is not a private key of ECDSA on P-256 in PEM, without password");
    }

    /// <summary>Puts a file in its place as a whole, unless there is one.</summary>
    private static void Publish(string path, ReadOnlySpan<byte> contents, uint mode)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!, name = Path.GetFileName(path), fresh = $".{name}.{Guid.NewGuid():N}";
        using FdHandle folder = Files.Open(directory, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        try
        {
            using (FdHandle file = Files.Open(fresh, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, mode, folder.Fd))
            {
                Files.TryChangeMode(file.Fd, mode).ThrowIfError("chmod", path);
                Files.TryWrite(file.Fd, contents).ThrowIfError("write", path);
                Durability.TrySync(file.Fd).ThrowIfError("sync", path);
            }
            Errno errno = Entries.TryLink(folder.Fd, Encoding.UTF8.GetBytes(fresh + "\0"), folder.Fd, Encoding.UTF8.GetBytes(name + "\0"));
            if (errno != Errno.EEXIST) errno.ThrowIfError("make", path);
        }
        finally
        {
            _ = Files.TryUnlink(fresh, folder.Fd);
        }
        Durability.TrySync(folder.Fd).ThrowIfError("sync", directory);
    }
}
