using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Hosting.Tls;

/// <summary>A server's certificate and key in files, which are read again when they change. Files that changed and are not usable are told of, and what was read before goes on.</summary>
public sealed class CertificateFiles
{
    /// <summary>How often the files' times are looked at.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string certificate, key;
    private readonly Action<string, Exception?> trouble;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private SslStreamCertificateContext current;
    private (DateTime, DateTime) read;
    private long looked;

    /// <summary>Reads the files.</summary>
    /// <param name="certificate">The certificate and those between it and the authority, PEM.</param>
    /// <param name="key">Its key, PEM.</param>
    /// <param name="trouble">Hears of files that changed and are not usable.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="KeelsonException">InvalidArgument: they cannot be read, are none, or do not belong together.</exception>
    public CertificateFiles(string certificate, string key, Action<string, Exception?> trouble, TimeProvider? time = null)
    {
        (this.certificate, this.key, this.trouble, this.time) = (certificate, key, trouble, time ?? TimeProvider.System);
        read = Times();
        looked = this.time.GetTimestamp();
        current = Load();
    }

    /// <summary>What the files hold.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (gate)
            {
                if (time.GetElapsedTime(looked) < LookInterval) return current;
                looked = time.GetTimestamp();
                if (Times() is var times && times == read) return current;
                try
                {
                    current = Load();
                }
                catch (KeelsonException e)
                {
                    trouble(e.Message + "; the one before is used", e.InnerException);
                }
                read = times;
                return current;
            }
        }
    }

    private (DateTime, DateTime) Times() => (File.GetLastWriteTimeUtc(certificate), File.GetLastWriteTimeUtc(key));

    private SslStreamCertificateContext Load()
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(certificate);
            X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(certificate, key);
            return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read certificate {certificate} and key {key}: {e.Message}", e);
        }
    }
}
