using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Keelson.Notary.Client;

/// <summary>Which root keys are right for which collections: what <c>trust_pinning</c> of notary's configuration says.</summary>
/// <remarks>The first that fits decides: certificates of the collection, of the longest <c>prefix*</c>, the authority of the longest prefix, else trust on first use.</remarks>
public sealed class TrustPinning
{
    /// <summary>Trust on first use for everything.</summary>
    public static TrustPinning FirstUse { get; } = new();

    /// <summary>Identifiers of certificates that a root may be signed with, by collection or <c>prefix*</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Certificates { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Files of authorities in PEM, by beginnings of collections.</summary>
    public IReadOnlyDictionary<string, string> Authorities { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether a collection that nothing is pinned for, and that was never seen, is refused.</summary>
    public bool DisableFirstUse { get; init; }

    /// <summary>Reads the member <c>trust_pinning</c>.</summary>
    /// <param name="section">The member; null: trust on first use.</param>
    /// <param name="folder">Relative names of files are meant from here.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is of another form.</exception>
    public static TrustPinning Read(JsonNode? section, string folder)
    {
        if (section is null) return FirstUse;
        try
        {
            Dictionary<string, IReadOnlyList<string>> certificates = [];
            foreach ((string gun, JsonNode? ids) in section["certs"]?.AsObject() ?? []) certificates[gun] = [.. ids!.AsArray().Select(id => id!.GetValue<string>())];
            Dictionary<string, string> authorities = [];
            foreach ((string gun, JsonNode? file) in section["ca"]?.AsObject() ?? []) authorities[gun] = Path.Combine(folder, file!.GetValue<string>());
            return new() { Certificates = certificates, Authorities = authorities, DisableFirstUse = section["disable_tofu"]?.GetValue<bool>() ?? false };
        }
        catch (Exception e) when (e is InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, "read trust_pinning: not as notary has it", e);
        }
    }

    /// <summary>Refuses a root that is not signed with what is pinned.</summary>
    /// <param name="root">A root that is verified otherwise.</param>
    /// <param name="gun">The collection.</param>
    /// <param name="isFirst">Whether no root of the collection was trusted before.</param>
    /// <param name="time">Authorities must hold at this time.</param>
    /// <exception cref="TufException">BadKey.</exception>
    internal void Check(TufRoot root, string gun, bool isFirst, DateTimeOffset time)
    {
        List<TufKey> keys = [.. root.KeysOf(TufRoles.Root).KeyIds.Select(id => root.Keys.GetValueOrDefault(id)).OfType<TufKey>()];
        if (PinnedFor(gun) is { } ids) RequireSignedBy(root, [.. keys.Where(key => ids.Contains(key.Id))], "the certificate that is pinned");
        else if (Longest(Authorities.Keys.Where(prefix => gun.StartsWith(prefix, StringComparison.Ordinal))) is { } prefix)
            RequireSignedBy(root, [.. keys.Where(key => IsIssued(key, Authorities[prefix], time))], "a certificate of the authority that is pinned");
        else if (DisableFirstUse && isFirst)
            throw new TufException(TufFault.BadKey, $"verify root of {gun}: nothing is pinned for it, and trust on first use is off");
    }

    /// <summary>A pinned key must have signed. That it stands beside others is not enough.</summary>
    private static void RequireSignedBy(TufRoot root, IReadOnlyList<TufKey> keys, string what)
    {
        TufRoleKeys role = new([.. keys.Select(key => key.Id)], 1);
        if (keys.Count == 0 || TufThreshold.Count(root.Envelope, role, root.Keys) == 0) throw new TufException(TufFault.BadKey, $"verify root: it is not signed with {what}");
    }

    private IReadOnlyList<string>? PinnedFor(string gun)
    {
        if (Certificates.TryGetValue(gun, out IReadOnlyList<string>? ids)) return ids;
        return Longest(Certificates.Keys.Where(name => name.EndsWith('*') && gun.StartsWith(name[..^1], StringComparison.Ordinal))) is { } wildcard ? Certificates[wildcard] : null;
    }

    private static string? Longest(IEnumerable<string> names) => names.MaxBy(name => name.Length);

    private static bool IsIssued(TufKey key, string authorityFile, DateTimeOffset time)
    {
        if (!key.KeyType.EndsWith("-x509", StringComparison.Ordinal)) return false;
        using X509Chain chain = new();
        foreach (PemBlock block in PemBlock.ReadAll(File.ReadAllText(authorityFile))) chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(block.Content));
        X509Certificate2Collection given = TrustPublicKeys.Chain(key);
        chain.ChainPolicy.ExtraStore.AddRange(given);
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        return given.Count > 0 && chain.Build(given[0]);
    }
}
