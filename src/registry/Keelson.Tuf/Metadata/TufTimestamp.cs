namespace Keelson.Tuf;

/// <summary>The timestamp: which snapshot is the newest. TUF 1.0 section 4.6.</summary>
public sealed class TufTimestamp : TufMetadata
{
    /// <summary>Reads a timestamp.</summary>
    /// <param name="envelope">The file.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>, <see cref="TufFault.WrongType"/>.</exception>
    public TufTimestamp(TufEnvelope envelope) : base(envelope, TufRoles.Timestamp)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        Snapshot = MetadataReader.Meta(envelope.Signed, envelope.Dialect).GetValueOrDefault(TufRoles.Snapshot)
            ?? throw JsonMembers.Malformed("the timestamp names no snapshot");
    }

    /// <summary>What it says of the snapshot.</summary>
    public TufMetaFile Snapshot { get; }
}
