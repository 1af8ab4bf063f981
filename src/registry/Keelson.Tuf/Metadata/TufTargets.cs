using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>Targets, and to whom others are delegated. TUF 1.0 section 4.5. A delegated role has this form too.</summary>
public sealed class TufTargets : TufMetadata
{
    /// <summary>Reads targets.</summary>
    /// <param name="envelope">The file.</param>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>, <see cref="TufFault.WrongType"/>, <see cref="TufFault.BadKey"/>.</exception>
    public TufTargets(TufEnvelope envelope) : base(envelope, TufRoles.Targets)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        JsonElement list = envelope.Signed.Member("targets", JsonValueKind.Object);
        Dictionary<string, TufTargetFile> targets = new(list.GetPropertyCount(), StringComparer.Ordinal);
        foreach (JsonProperty pair in list.EnumerateObject())
        {
            JsonElement file = pair.Value;
            TufHashes hashes = TufHashes.Read(file.Member("hashes", JsonValueKind.Object), envelope.Dialect);
            targets.Add(pair.Name, new(pair.Name, file.Integer("length", 0), hashes, file.TryGetProperty("custom", out JsonElement custom) ? custom : null));
        }
        Targets = targets;
        if (envelope.Signed.Optional("delegations", JsonValueKind.Object) is { } delegations) Delegations = TufDelegations.Read(delegations, envelope.Dialect);
    }

    /// <summary>The targets by their paths. A delegated role may list paths that it is not entrusted with; nobody asks it for them.</summary>
    public IReadOnlyDictionary<string, TufTargetFile> Targets { get; }

    /// <summary>To whom it delegates; null when to nobody.</summary>
    public TufDelegations? Delegations { get; }
}
