using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keelson.Tuf;

/// <summary>How metadata is spelt: TUF 1.0 or notary's older form. The workflow and the checks are the same for both.</summary>
public interface ITufDialect
{
    /// <summary>Its name, for messages.</summary>
    string Name { get; }

    /// <summary>Whether a timestamp and a snapshot say the versions of what they name. Notary's say hashes alone.</summary>
    bool HasMetaVersions { get; }

    /// <summary>Whether the snapshot names the root.</summary>
    bool SnapshotHasRoot { get; }

    /// <summary>Whether a delegated role may be without metadata: not published yet, or taken out of the snapshot with its delegation.</summary>
    bool RolesMayBeAbsent { get; }

    /// <summary>How the member <c>_type</c> spells a role of the top level.</summary>
    string TypeOf(string role);

    /// <summary>Checks the version of the specification, where metadata says one.</summary>
    void CheckSpecification(JsonElement signed);

    /// <summary>Says the version of the specification, where metadata says one.</summary>
    void WriteSpecification(JsonObject signed);

    /// <summary>Reads the member <c>expires</c>.</summary>
    DateTimeOffset ReadExpires(string text);

    /// <summary>Writes the member <c>expires</c>.</summary>
    string WriteExpires(DateTimeOffset time);

    /// <summary>Reads a key, and checks that the identifier is of its content.</summary>
    /// <exception cref="TufException"><see cref="TufFault.BadKey"/>.</exception>
    TufKey ReadKey(string id, JsonElement key);

    /// <summary>Reads a signature.</summary>
    TufSignature ReadSignature(JsonElement signature);

    /// <summary>The bytes of a hash.</summary>
    byte[] DecodeHash(JsonElement hash);

    /// <summary>The text of a hash.</summary>
    string EncodeHash(ReadOnlySpan<byte> hash);

    /// <summary>How <c>meta</c> names a role.</summary>
    string MetaOf(string role);

    /// <summary>Which role a name in <c>meta</c> means; null when none.</summary>
    string? RoleOfMeta(string name);

    /// <summary>Whether a delegation's pattern holds a path.</summary>
    bool Matches(string pattern, string path);

    /// <summary>Checks that a role may delegate to a role of that name.</summary>
    /// <exception cref="TufException"><see cref="TufFault.BadPath"/>.</exception>
    void CheckDelegation(string delegator, string name);

    /// <summary>The file of a role in the repository, relative to its metadata and ready for a URL.</summary>
    /// <param name="role">The role.</param>
    /// <param name="version">Its version; 0 when it is not known.</param>
    /// <param name="hashes">Its hashes, when they are known.</param>
    /// <param name="isConsistent">What the root says.</param>
    string FileOf(string role, long version, TufHashes? hashes, bool isConsistent);

    /// <summary>Checks a root that has been verified beyond its signatures: notary's certificates.</summary>
    /// <param name="root">The newest root.</param>
    /// <param name="time">When the update began.</param>
    void CheckRoot(TufRoot root, DateTimeOffset time);

    /// <summary>The public key of a signer, as this dialect's metadata holds it.</summary>
    TufKey KeyOf(ITufSigner signer);

    /// <summary>A key as a member of <c>keys</c>.</summary>
    JsonObject WriteKey(TufKey key);

    /// <summary>Signs, and returns an item of <c>signatures</c>.</summary>
    /// <param name="keyId">The key's identifier.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="canonical">The canonical bytes.</param>
    JsonObject Sign(string keyId, ITufSigner signer, ReadOnlySpan<byte> canonical);

    /// <summary>How much a client reads, unless it is told otherwise.</summary>
    TufLimits Limits { get; }
}
