namespace Keelson.Registry.Scrub;

/// <summary>What can be wrong with a store.</summary>
public enum ScrubFault
{
    /// <summary>Content has another digest than its name. Repaired: it is put aside, and the next push of this digest brings it back.</summary>
    DamagedContent,

    /// <summary>A file that should hold a digest holds none, or another one than its place says. Repaired: it is written again, or removed where there is no content.</summary>
    BrokenLink,

    /// <summary>A repository has a blob whose content is not there. Repaired: it has it no longer.</summary>
    DeadBlob,

    /// <summary>A repository has a manifest whose content is not there. Repaired: it has it no longer.</summary>
    DeadManifest,

    /// <summary>A tag stands at a manifest that the repository does not have. Repaired: it is removed, unless it is immutable.</summary>
    DeadTag,

    /// <summary>A manifest names a blob or manifest that the repository does not have. Only a push can repair that.</summary>
    MissingPart,

    /// <summary>A manifest says another size of a blob than it has. Nothing can repair that.</summary>
    WrongSize,
}
