namespace Keelson.Registry.Store;

/// <summary>Where a tag, or a manifest, comes from.</summary>
internal enum Origin
{
    /// <summary>It was pushed here: nothing moves or removes it but clients.</summary>
    Pushed,
    /// <summary>A client wanted it, and an upstream had it: it follows the upstream, and goes when nobody uses it. A file <c>origin</c> with <c>cached</c>.</summary>
    Cached,
    /// <summary>It is synchronised: a tag follows the upstream at each round, and a manifest stays as one that was pushed. A file <c>origin</c> with <c>synced</c> beside a tag, none beside a manifest.</summary>
    Synced,
}
