namespace Keelson.Registry.Scrub;

/// <summary>How a store is looked through.</summary>
public sealed record ScrubOptions
{
    /// <summary>Whether damaged content is put aside and links that lead nowhere are removed; not by default.</summary>
    public bool Repairs { get; init; }

    /// <summary>Bytes of content that are read in a second; 0, the default: as fast as they come.</summary>
    public long BytesPerSecond { get; init; }
}
