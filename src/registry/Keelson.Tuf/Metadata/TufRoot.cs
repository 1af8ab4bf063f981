using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>The root: keys and thresholds of the four roles. TUF 1.0 section 4.3.</summary>
public sealed class TufRoot : TufMetadata
{
    private readonly Dictionary<string, TufRoleKeys> roles = new(StringComparer.Ordinal);

    /// <summary>Reads a root.</summary>
    /// <param name="envelope">The file.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>, <see cref="TufFault.WrongType"/>, <see cref="TufFault.BadKey"/>.</exception>
    public TufRoot(TufEnvelope envelope) : base(envelope, TufRoles.Root)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        JsonElement signed = envelope.Signed;
        IsConsistent = signed.Flag("consistent_snapshot");
        Keys = MetadataReader.Keys(signed, envelope.Dialect);
        JsonElement element = signed.Member("roles", JsonValueKind.Object);
        foreach (string role in TufRoles.TopLevel) roles.Add(role, MetadataReader.RoleKeys(element.Member(role, JsonValueKind.Object)));
    }

    /// <summary>Whether files are named by version and targets by hash, so that a repository can change under a reader.</summary>
    public bool IsConsistent { get; }

    /// <summary>All keys, by their identifiers.</summary>
    public IReadOnlyDictionary<string, TufKey> Keys { get; }

    /// <summary>Whose signatures one of the four roles needs.</summary>
    /// <param name="role">One of <see cref="TufRoles.TopLevel"/>.</param>
    public TufRoleKeys KeysOf(string role) => roles[role];

    /// <summary>Fingerprints of the keys of a role that can be used.</summary>
    internal HashSet<string> FingerprintsOf(string role) =>
        [.. roles[role].KeyIds.Select(id => Keys.GetValueOrDefault(id)?.Verifier?.Fingerprint).OfType<string>()];
}
