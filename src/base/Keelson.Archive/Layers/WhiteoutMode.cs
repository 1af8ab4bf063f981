namespace Keelson.Archive;

/// <summary>What the whiteouts of a layer become. image-spec 1.1 layer "Whiteouts".</summary>
public enum WhiteoutMode
{
    /// <summary>They remove what lower layers put into the same tree. For snapshots that are copies.</summary>
    Remove,
    /// <summary>A character device 0:0, and the attribute <c>trusted.overlay.opaque</c>. For the upper directory of overlayfs.</summary>
    Overlay,
    /// <summary>The same with <c>user.overlay.opaque</c>, for overlayfs mounted with <c>userxattr</c>.</summary>
    OverlayUser,
    /// <summary>They are files like others. For archives that are no layers.</summary>
    None,
}
