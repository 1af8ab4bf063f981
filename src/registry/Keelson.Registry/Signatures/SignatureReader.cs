using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keelson.Oci;
using Keelson.Registry.Store;

namespace Keelson.Registry.Signatures;

/// <summary>Finds the signatures of manifests in a repository, and who they are by.</summary>
internal sealed class SignatureReader(ManifestStore manifests, BlobStore blobs, TimeProvider time)
{
    /// <summary>Most signature manifests of one manifest, and most signatures of one of these, that are looked at.</summary>
    private const int ManifestLimit = 1000, LayerLimit = 100;

    /// <summary>Longest signature in base64: RSA of 8192 bits.</summary>
    private const int SignatureChars = 1400;

    /// <summary>What signature manifests are among the referrers.</summary>
    public static readonly IReadOnlyList<string?> ArtifactTypes = [SimpleSigning.ArtifactType, SigstoreBundle.MediaType, NotationEnvelope.ArtifactType];

    /// <summary>The tag under which cosign keeps the signatures of a manifest; <see langword="null"/>: there can be none.</summary>
    public static string? TagOf(Digest subject) => $"{subject.Algorithm}-{subject.Hex}.sig" is var tag && ImageReference.IsTag(tag) ? tag : null;

    /// <summary>Whether one of the keys has signed a manifest.</summary>
    public async Task<bool> IsSignedAsync(string repository, Digest subject, IReadOnlyList<TrustedKeys> keys, CancellationToken cancel)
    {
        foreach (Digest signature in await FindAsync(repository, subject, cancel).ConfigureAwait(false))
            if ((await SignersAsync(repository, subject, signature, keys, cancel).ConfigureAwait(false)).Exists(signer => signer.IsVerified)) return true;
        return false;
    }

    /// <summary>Who has signed a manifest, as one of its signature manifests says.</summary>
    public async Task<List<Signer>> SignersAsync(string repository, Digest subject, Digest signature, IReadOnlyList<TrustedKeys> keys, CancellationToken cancel)
    {
        List<Signer> signers = [];
        if (await TryFindAsync(repository, signature, cancel).ConfigureAwait(false) is not { } manifest) return signers;
        foreach (Descriptor layer in manifest.Blobs.Skip(1).Take(LayerLimit))
        {
            if (layer.MediaType == SimpleSigning.MediaType && await ReadAsync(repository, layer, SimpleSigning.LimitBytes, cancel).ConfigureAwait(false) is { } payload)
                signers.Add(Cosign(subject, layer, payload, keys));
            else if (layer.MediaType == NotationEnvelope.MediaType && await ReadAsync(repository, layer, NotationEnvelope.LimitBytes, cancel).ConfigureAwait(false) is { } envelope)
                signers.Add(Notation(subject, envelope, keys));
            else if (layer.MediaType == SigstoreBundle.MediaType && await ReadAsync(repository, layer, SigstoreBundle.LimitBytes, cancel).ConfigureAwait(false) is { } text && SigstoreBundle.Parse(text) is { } bundle)
                signers.Add(keys.FirstOrDefault(file => bundle.IsSignedBy(file, subject)) is { } signer ? new(signer.Name, true) : new(bundle.SignerName, false));
        }
        return signers;
    }

    private static Signer Cosign(Digest subject, Descriptor layer, ReadOnlyMemory<byte> payload, IReadOnlyList<TrustedKeys> keys)
    {
        string? text = layer.Annotations?.GetValueOrDefault(SimpleSigning.SignatureAnnotation);
        byte[] signature = new byte[SignatureChars];
        if (text is { Length: <= SignatureChars } && Convert.TryFromBase64String(text, signature, out int length) && SimpleSigning.SubjectOf(payload) == subject)
            foreach (TrustedKeys file in keys)
                if (file.HaveSigned(payload.Span, signature.AsSpan(0, length))) return new(file.Name, true);
        return new(layer.Annotations?.GetValueOrDefault(SimpleSigning.CertificateAnnotation) is { Length: < 16_384 } pem ? NameIn(() => X509Certificate2.CreateFromPem(pem)) : null, false);
    }

    private Signer Notation(Digest subject, ReadOnlyMemory<byte> content, IReadOnlyList<TrustedKeys> keys)
    {
        if (NotationEnvelope.Parse(content) is not { } envelope) return default;
        bool isTrusted = envelope.Subject == subject && keys.Any(file => envelope.IsTrusted(file.Roots, time.GetUtcNow()));
        return new(envelope.SignerName, isTrusted);
    }

    /// <summary>Signature manifests: those that are attached, and the one that cosign keeps under a tag.</summary>
    private async Task<List<Digest>> FindAsync(string repository, Digest subject, CancellationToken cancel)
    {
        List<Digest> found = [];
        if (TagOf(subject) is { } tag && await manifests.ResolveAsync(repository, tag, cancel).ConfigureAwait(false) is { } kept) found.Add(kept);
        foreach (Descriptor referrer in await manifests.ReferrersAsync(repository, subject, cancel).ConfigureAwait(false))
            if (ArtifactTypes.Contains(referrer.ArtifactType)) found.Add(referrer.Digest);
        return found[..Math.Min(found.Count, ManifestLimit)];
    }

    private async Task<StoredManifest?> TryFindAsync(string repository, Digest digest, CancellationToken cancel)
    {
        try
        {
            return await manifests.FindAsync(repository, digest, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
        {
            // A damaged signature is none.
            return null;
        }
    }

    private async Task<ReadOnlyMemory<byte>?> ReadAsync(string repository, Descriptor layer, int limit, CancellationToken cancel)
    {
        if (layer.Size > limit) return null;
        try
        {
            ReadOnlyMemory<byte>? content = await blobs.ReadAsync(repository, layer.Digest, limit, cancel).ConfigureAwait(false);
            return content is { } there && layer.Digest.IsOf(there.Span) ? there : null;
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.DataLoss)
        {
            return null;
        }
    }

    /// <summary>The name in a certificate that comes along with a signature; <see langword="null"/>: it is damaged.</summary>
    public static string? NameIn(Func<X509Certificate2> read)
    {
        try
        {
            using X509Certificate2 certificate = read();
            foreach (X509NameType kind in (X509NameType[])[X509NameType.EmailName, X509NameType.UrlName, X509NameType.DnsName])
                if (certificate.GetNameInfo(kind, forIssuer: false) is { Length: > 0 } name) return name;
            return certificate.Subject;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
