using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>TUF 1.0, as its specification 1.0.34 has it.</summary>
public sealed class TufOneDialect : ITufDialect
{
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private readonly TufKeyCache cache;

    /// <summary>Makes the dialect.</summary>
    /// <param name="cache">Parsed keys; one of its own by default.</param>
    public TufOneDialect(TufKeyCache? cache = null) => this.cache = cache ?? new();

    /// <inheritdoc/>
    public string Name => "TUF 1.0";

    /// <inheritdoc/>
    public bool HasMetaVersions => true;

    /// <inheritdoc/>
    public bool SnapshotHasRoot => false;

    /// <inheritdoc/>
    public bool RolesMayBeAbsent => false;

    /// <inheritdoc/>
    public TufLimits Limits { get; } = new();

    /// <inheritdoc/>
    public string TypeOf(string role) => role;

    /// <inheritdoc/>
    public void CheckSpecification(JsonElement signed)
    {
        string version = signed.Text("spec_version");
        string[] parts = version.Split('.');
        if (parts.Length is not (2 or 3) || parts[0] != "1" || parts.Any(part => part.Length is 0 or > 9 || !part.All(char.IsAsciiDigit)))
            throw JsonMembers.Malformed($"spec_version is {version}");
    }

    /// <inheritdoc/>
    public void WriteSpecification(JsonObject signed) => signed["spec_version"] = "1.0.34";

    /// <inheritdoc/>
    public DateTimeOffset ReadExpires(string text) =>
        DateTimeOffset.TryParseExact(text, Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time : throw JsonMembers.Malformed("expires is no time");

    /// <inheritdoc/>
    public string WriteExpires(DateTimeOffset time) => time.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public TufKey ReadKey(string id, JsonElement key)
    {
        string type = key.Text("keytype"), scheme = key.Text("scheme"), text = key.Member("keyval", JsonValueKind.Object).Text("public");
        if (id != IdOf(key) && id != IdOf(type, scheme, text)) throw new TufException(TufFault.BadKey, "read key: its identifier is not of its content");
        return new(id, type, scheme, text, cache.GetOrAdd(type, scheme, text, Parse));
    }

    /// <inheritdoc/>
    public TufSignature ReadSignature(JsonElement signature) => new(signature.Text("keyid"), null, Hex(signature.Text("sig")));

    /// <inheritdoc/>
    public byte[] DecodeHash(JsonElement hash) => Hex(hash.GetString()!);

    /// <inheritdoc/>
    public string EncodeHash(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    /// <inheritdoc/>
    public string MetaOf(string role) => role + ".json";

    /// <inheritdoc/>
    public string? RoleOfMeta(string name) => name.Length > 5 && name.EndsWith(".json", StringComparison.Ordinal) ? name[..^5] : null;

    /// <inheritdoc/>
    public bool Matches(string pattern, string path) => PathPattern.Matches(pattern, path);

    /// <inheritdoc/>
    public void CheckDelegation(string delegator, string name)
    {
        // Any name goes: as a URL and as a file it is encoded. The four roles of the top level are refused where delegations are read.
    }

    /// <inheritdoc/>
    public string FileOf(string role, long version, TufHashes? hashes, bool isConsistent)
    {
        string name = PercentName.Encode(role) + ".json";
        return role == TufRoles.Root || (isConsistent && role != TufRoles.Timestamp) ? version.ToString(CultureInfo.InvariantCulture) + "." + name : name;
    }

    /// <inheritdoc/>
    public void CheckRoot(TufRoot root, DateTimeOffset time)
    {
        // The signatures are all there is.
    }

    /// <inheritdoc/>
    public TufKey KeyOf(ITufSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        (string type, string scheme) = signer.Algorithm switch
        {
            TufAlgorithm.EcdsaP256 => ("ecdsa", "ecdsa-sha2-nistp256"),
            TufAlgorithm.EcdsaP384 => ("ecdsa", "ecdsa-sha2-nistp384"),
            TufAlgorithm.Ed25519 => ("ed25519", "ed25519"),
            TufAlgorithm.RsaPss => ("rsa", "rsassa-pss-sha256"),
            _ => ("rsa", "rsa-pkcs1v15-sha256"),
        };
        string text = signer.Algorithm == TufAlgorithm.Ed25519
            ? Convert.ToHexStringLower(signer.PublicKey.Span)
            : PemEncoding.WriteString("PUBLIC KEY", signer.PublicKey.Span) + "\n";
        return new(IdOf(type, scheme, text), type, scheme, text, cache.GetOrAdd(type, scheme, text, Parse));
    }

    /// <inheritdoc/>
    public JsonObject WriteKey(TufKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new() { ["keytype"] = key.KeyType, ["keyval"] = new JsonObject { ["public"] = key.Public }, ["scheme"] = key.Scheme };
    }

    /// <inheritdoc/>
    public JsonObject Sign(string keyId, ITufSigner signer, ReadOnlySpan<byte> canonical)
    {
        ArgumentNullException.ThrowIfNull(signer);
        byte[] value = signer.Sign(canonical, signer.Algorithm == TufAlgorithm.EcdsaP384 ? 384 : 256);
        if (signer.Algorithm is TufAlgorithm.EcdsaP256 or TufAlgorithm.EcdsaP384) value = EcdsaDer.FromFixed(value);
        return new() { ["keyid"] = keyId, ["sig"] = Convert.ToHexStringLower(value) };
    }

    private static ITufVerifier? Parse(string type, string scheme, string text)
    {
        switch (type)
        {
            case "ed25519" when scheme == "ed25519":
                return new Ed25519Verifier(Hex(text), null);
            case "ecdsa" or "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384" when scheme is "ecdsa-sha2-nistp256" or "ecdsa-sha2-nistp384":
                ECDsa ecdsa = PublicKeys.Ecdsa(Spki(text));
                bool isP384 = scheme == "ecdsa-sha2-nistp384";
                if (ecdsa.KeySize != (isP384 ? 384 : 256)) throw PublicKeys.Bad("ECDSA", "another curve than the scheme's");
                return new EcdsaVerifier(ecdsa, isP384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence, null);
            case "rsa":
                return ParseRsa(scheme, text);
            default:
                return null;
        }
    }

    private static RsaVerifier? ParseRsa(string scheme, string text)
    {
        (HashAlgorithmName hash, RSASignaturePadding? padding) = scheme switch
        {
            "rsassa-pss-sha256" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            "rsassa-pss-sha384" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            "rsassa-pss-sha512" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pss),
            "rsa-pkcs1v15-sha256" or "rsapkcs1v15" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "rsa-pkcs1v15-sha384" => (HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1),
            "rsa-pkcs1v15-sha512" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            _ => default,
        };
        if (padding is null) return null;
        (string label, byte[] der) = PublicKeys.Pem(text);
        return label is "PUBLIC KEY" or "RSA PUBLIC KEY"
            ? new(PublicKeys.Rsa(der, label == "RSA PUBLIC KEY"), hash, padding)
            : throw PublicKeys.Bad("RSA", $"PEM of {label}");
    }

    private static byte[] Spki(string text)
    {
        (string label, byte[] der) = PublicKeys.Pem(text);
        return label == "PUBLIC KEY" ? der : throw PublicKeys.Bad("ECDSA", $"PEM of {label}");
    }

    private static byte[] Hex(string text)
    {
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException e)
        {
            throw JsonMembers.Malformed("not hexadecimal", e);
        }
    }

    private static string IdOf(JsonElement key) => Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(key)));

    /// <summary>The identifier without members that are not the key's own: tools add theirs after the key was named.</summary>
    private static string IdOf(string type, string scheme, string text)
    {
        JsonObject key = new() { ["keytype"] = type, ["keyval"] = new JsonObject { ["public"] = text }, ["scheme"] = scheme };
        return IdOf(TufJson.Parse(JsonText.Write(key)));
    }
}
