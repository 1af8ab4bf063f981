using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>The dialect of notary 0.7, which <c>docker trust</c> speaks.</summary>
/// <remarks>
/// Hashes, keys and signatures are in base64; ECDSA signatures are r and s alone; <c>meta</c> names roles without <c>.json</c> and says hashes and
/// no versions; files are named by their hashes; roots are signed with keys that stand in certificates.
/// </remarks>
public sealed class NotaryDialect : ITufDialect
{
    private const int MaximumName = 255;

    /// <summary>What names of algorithms and base64 are made of; JSON escapes nothing of it.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-");

    private readonly TufKeyCache cache;

    /// <summary>Makes the dialect.</summary>
    /// <param name="collection">
    /// The collection (GUN) that roots must be for: the common name of each root certificate is it, or a beginning of it followed by <c>*</c>.
    /// Null: certificates are not looked at beyond their keys.
    /// </param>
    /// <param name="cache">Parsed keys; one of its own by default.</param>
    public NotaryDialect(string? collection = null, TufKeyCache? cache = null) => (Collection, this.cache) = (collection, cache ?? new());

    /// <summary>The collection that roots must be for.</summary>
    public string? Collection { get; }

    /// <inheritdoc/>
    public string Name => "notary";

    /// <inheritdoc/>
    public bool HasMetaVersions => false;

    /// <inheritdoc/>
    public bool SnapshotHasRoot => true;

    /// <inheritdoc/>
    public bool RolesMayBeAbsent => true;

    /// <inheritdoc/>
    public TufLimits Limits { get; } = new() { TimestampBytes = 1 << 20, RootBytes = 100 << 20, SnapshotBytes = 100 << 20, TargetsBytes = 100 << 20 };

    /// <inheritdoc/>
    public string TypeOf(string role) => char.ToUpperInvariant(role[0]) + role[1..];

    /// <inheritdoc/>
    public void CheckSpecification(JsonElement signed)
    {
        // Notary's metadata says no version of a specification.
    }

    /// <inheritdoc/>
    public void WriteSpecification(JsonObject signed)
    {
        // Notary's metadata says no version of a specification.
    }

    /// <inheritdoc/>
    public DateTimeOffset ReadExpires(string text) => Rfc3339.Parse(text) ?? throw JsonMembers.Malformed("expires is no time");

    /// <inheritdoc/>
    public string WriteExpires(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public TufKey ReadKey(string id, JsonElement key)
    {
        string type = key.Text("keytype"), text = key.Member("keyval", JsonValueKind.Object).Text("public");
        if (id != IdOf(type, text)) throw new TufException(TufFault.BadKey, "read key: its identifier is not of its content");
        return new(id, type, "", text, cache.GetOrAdd(type, "", text, Parse));
    }

    /// <summary>Reads a key that stands alone and names no identifier, as notary's server gives those of the snapshot and the timestamp.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="TufException"><see cref="TufFault.BadKey"/>.</exception>
    public TufKey ReadKey(JsonElement key) => ReadKey(IdOf(key.Text("keytype"), key.Member("keyval", JsonValueKind.Object).Text("public")), key);

    /// <inheritdoc/>
    public TufSignature ReadSignature(JsonElement signature) =>
        new(signature.Text("keyid"), signature.Text("method"), Base64(signature.Member("sig", JsonValueKind.String)));

    /// <inheritdoc/>
    public byte[] DecodeHash(JsonElement hash) => Base64(hash);

    /// <inheritdoc/>
    public string EncodeHash(ReadOnlySpan<byte> hash) => Convert.ToBase64String(hash);

    /// <inheritdoc/>
    public string MetaOf(string role) => role;

    /// <inheritdoc/>
    public string? RoleOfMeta(string name) => name.Length == 0 ? null : name;

    /// <inheritdoc/>
    public bool Matches(string pattern, string path) => path.StartsWith(pattern, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void CheckDelegation(string delegator, string name)
    {
        string? rest = name.StartsWith(delegator + "/", StringComparison.Ordinal) ? name[(delegator.Length + 1)..] : null;
        if (rest is null or "" || name.Length >= MaximumName || rest.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')))
            throw new TufException(TufFault.BadPath, $"read delegation: {delegator} cannot delegate to {name}");
    }

    /// <inheritdoc/>
    public string FileOf(string role, long version, TufHashes? hashes, bool isConsistent)
    {
        // The names of roles are safe in URLs, and notary's server wants their slashes.
        if (hashes is not null) return $"{role}.{Convert.ToHexStringLower(hashes.Preferred.Span)}.json";
        return version > 0 ? string.Create(CultureInfo.InvariantCulture, $"{version}.{role}.json") : role + ".json";
    }

    /// <inheritdoc/>
    public void CheckRoot(TufRoot root, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (Collection is null) return;
        foreach (string id in root.KeysOf(TufRoles.Root).KeyIds)
        {
            if (!root.Keys.TryGetValue(id, out TufKey? key)) continue;
            if (!key.KeyType.EndsWith("-x509", StringComparison.Ordinal)) throw new TufException(TufFault.BadKey, "verify root: its key stands in no certificate");
            using X509Certificate2 leaf = PublicKeys.Leaf(Encoding.ASCII.GetString(Convert.FromBase64String(key.Public)), mayBeAuthority: false);
            string name = leaf.GetNameInfo(X509NameType.SimpleName, false);
            bool isFor = name == Collection || (name.EndsWith('*') && name.Length > 1 && Collection.StartsWith(name[..^1], StringComparison.Ordinal));
            if (!isFor) throw new TufException(TufFault.BadKey, $"verify root: its certificate is for {name} and not for {Collection}");
            if (time.UtcDateTime >= leaf.NotAfter.ToUniversalTime()) throw new TufException(TufFault.Expired, "verify root: its certificate has expired");
        }
    }

    /// <inheritdoc/>
    public TufKey KeyOf(ITufSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        string type = signer.Algorithm switch
        {
            TufAlgorithm.EcdsaP256 or TufAlgorithm.EcdsaP384 => "ecdsa",
            TufAlgorithm.Ed25519 => "ed25519",
            _ => "rsa",
        };
        if (signer.CertificatePem is not null) type += "-x509";
        string text = Convert.ToBase64String(signer.CertificatePem is { } pem ? Encoding.ASCII.GetBytes(pem) : signer.PublicKey.Span);
        return new(IdOf(type, text), type, "", text, cache.GetOrAdd(type, "", text, Parse));
    }

    /// <inheritdoc/>
    public JsonObject WriteKey(TufKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new() { ["keytype"] = key.KeyType, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = key.Public } };
    }

    /// <inheritdoc/>
    public JsonObject Sign(string keyId, ITufSigner signer, ReadOnlySpan<byte> canonical)
    {
        ArgumentNullException.ThrowIfNull(signer);
        string method = signer.Algorithm switch
        {
            TufAlgorithm.EcdsaP256 or TufAlgorithm.EcdsaP384 => "ecdsa",
            TufAlgorithm.Ed25519 => "eddsa",
            TufAlgorithm.RsaPss => "rsapss",
            _ => "rsapkcs1v15",
        };
        return new() { ["keyid"] = keyId, ["method"] = method, ["sig"] = Convert.ToBase64String(signer.Sign(canonical)) };
    }

    private static ITufVerifier? Parse(string type, string scheme, string text)
    {
        if (type is not ("ecdsa" or "ed25519" or "rsa" or "ecdsa-x509" or "rsa-x509")) return null;
        byte[] key;
        try
        {
            key = Convert.FromBase64String(text);
        }
        catch (FormatException e)
        {
            throw PublicKeys.Bad(type, "not base64", e);
        }
        if (type.EndsWith("-x509", StringComparison.Ordinal))
        {
            using X509Certificate2 leaf = PublicKeys.Leaf(Encoding.ASCII.GetString(key), mayBeAuthority: true);
            key = leaf.PublicKey.ExportSubjectPublicKeyInfo();
        }
        return type switch
        {
            "ed25519" => new Ed25519Verifier(key, "eddsa"),
            // Notary hashes with SHA-256 on every curve.
            "ecdsa" or "ecdsa-x509" => new EcdsaVerifier(PublicKeys.Ecdsa(key), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, "ecdsa"),
            _ => new RsaVerifier(PublicKeys.Rsa(key), HashAlgorithmName.SHA256, null),
        };
    }

    private static byte[] Base64(JsonElement text) => text.TryGetBytesFromBase64(out byte[]? bytes) ? bytes : throw JsonMembers.Malformed("not base64");

    private static string IdOf(string type, string text)
    {
        if (!type.AsSpan().ContainsAnyExcept(Plain) && !text.AsSpan().ContainsAnyExcept(Plain))
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($$$"""{"keytype":"{{{type}}}","keyval":{"private":null,"public":"{{{text}}}"}}""")));
        JsonObject key = new() { ["keytype"] = type, ["keyval"] = new JsonObject { ["private"] = null, ["public"] = text } };
        return Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(TufJson.Parse(JsonText.Write(key)))));
    }
}
