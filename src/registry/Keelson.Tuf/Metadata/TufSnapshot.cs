namespace Keelson.Tuf;

/// <summary>The snapshot: which metadata belong together. TUF 1.0 section 4.4.</summary>
public sealed class TufSnapshot : TufMetadata
{
    /// <summary>Reads a snapshot.</summary>
    /// <param name="envelope">The file.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>, <see cref="TufFault.WrongType"/>.</exception>
    public TufSnapshot(TufEnvelope envelope) : base(envelope, TufRoles.Snapshot)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        Meta = MetadataReader.Meta(envelope.Signed, envelope.Dialect);
        if (!Meta.ContainsKey(TufRoles.Targets)) throw JsonMembers.Malformed("the snapshot names no targets");
        if (envelope.Dialect.SnapshotHasRoot && !Meta.ContainsKey(TufRoles.Root)) throw JsonMembers.Malformed("the snapshot names no root");
    }

    /// <summary>What it says of each role: targets and the delegated ones, in notary's dialect the root too.</summary>
    public IReadOnlyDictionary<string, TufMetaFile> Meta { get; }
}
