using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keelson.Acme;

/// <summary>A certificate for a name, ready to be shown, and the text that it is kept as.</summary>
/// <remarks>
/// <code>
/// Directory: https://…             where it comes from; missing in the files of Go's autocert, which are alike otherwise
/// -----BEGIN EC PRIVATE KEY-----   its key
/// -----BEGIN CERTIFICATE-----      the certificate, then those between it and the root
/// </code>
/// </remarks>
internal sealed record HostCertificate
{
    /// <summary>Most certificates of a chain.</summary>
    private const int ChainLimit = 10;

    private const string Label = "Directory: ";

    public required SslStreamCertificateContext Context { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    /// <summary>Where it comes from; <see langword="null"/>: nobody knows.</summary>
    public string? Directory { get; init; }

    public required string Text { get; init; }

    /// <summary>A certificate that came just now.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is none for this name and key.</exception>
    public static HostCertificate Of(string host, Uri directory, IssuedCertificate issued) => Read(host, $"{Label}{directory.AbsoluteUri}\n{issued.Key.TrimEnd()}\n{Chain(issued.Chain)}");

    /// <summary>Reads the text.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is none for this name.</exception>
    public static HostCertificate Read(string host, string text)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(text);
            if (chain.Count is 0 or > ChainLimit) throw Wrong($"there are {chain.Count} certificates", null);
            X509Certificate2 leaf = X509Certificate2.CreateFromPem(text, text);
            if (!leaf.MatchesHostname(host, allowWildcards: true, allowCommonName: false)) throw Wrong("it is for another name", null);
            string first = text.Split('\n', 2)[0];
            return new()
            {
                Context = SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true),
                Start = leaf.NotBefore.ToUniversalTime(),
                End = leaf.NotAfter.ToUniversalTime(),
                Directory = first.StartsWith(Label, StringComparison.Ordinal) ? first[Label.Length..].Trim() : null,
                Text = text,
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw Wrong("it is damaged, or of another key", e);
        }
    }

    public override string ToString() => $"certificate until {End}";

    /// <summary>The certificates alone: what else the authority wrote stays out of the file, a key above all.</summary>
    private static string Chain(string text)
    {
        System.Text.StringBuilder chain = new();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label] is "CERTIFICATE") chain.Append(rest[fields.Location]).Append('\n');
            rest = rest[fields.Location.End..];
        }
        return chain.ToString();
    }

    private static KeelsonException Wrong(string cause, Exception? inner) => new(ErrorKind.DataLoss, $"read certificate: {cause}", inner);
}
