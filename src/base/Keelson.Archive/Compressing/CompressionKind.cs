namespace Keelson.Archive;

/// <summary>How a layer is compressed.</summary>
public enum CompressionKind
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>gzip, RFC 1952, of any number of members.</summary>
    Gzip,
    /// <summary>Zstandard, RFC 8878, of any number of frames.</summary>
    Zstd,
}
