using System.Text.Json;

namespace Keelson.Tuf;

/// <summary>What all kinds of metadata have.</summary>
public abstract class TufMetadata
{
    private protected TufMetadata(TufEnvelope envelope, string type)
    {
        Envelope = envelope;
        JsonElement signed = envelope.Signed;
        if (signed.Text("_type") is { } found && found != envelope.Dialect.TypeOf(type))
            throw new TufException(TufFault.WrongType, $"read {type}: the type is {found}");
        envelope.Dialect.CheckSpecification(signed);
        Version = signed.Integer("version", 1);
        Expires = envelope.Dialect.ReadExpires(signed.Text("expires"));
    }

    /// <summary>The file that it was read from.</summary>
    public TufEnvelope Envelope { get; }

    /// <summary>Its version, from 1.</summary>
    public long Version { get; }

    /// <summary>When it stops to be trusted.</summary>
    public DateTimeOffset Expires { get; }

    /// <summary>Whether it has expired at a time.</summary>
    /// <param name="time">When the update began.</param>
    public bool IsExpired(DateTimeOffset time) => Expires <= time;
}
