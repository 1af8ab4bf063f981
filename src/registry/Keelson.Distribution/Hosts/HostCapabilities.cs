namespace Keelson.Distribution;

/// <summary>What a host may be asked for.</summary>
/// <remarks>hosts.toml "capabilities".</remarks>
[Flags]
public enum HostCapabilities
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Content by digest, which needs no trust.</summary>
    Pull = 1,
    /// <summary>The digest of a tag, which needs trust.</summary>
    Resolve = 2,
    /// <summary>Uploads.</summary>
    Push = 4,
    /// <summary>Everything.</summary>
    All = Pull | Resolve | Push,
}
