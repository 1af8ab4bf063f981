namespace Keelson.Ttrpc;

/// <summary>Flags of a frame; all are about streams, and a plain call has none.</summary>
[Flags]
public enum FrameFlags : byte
{
    /// <summary>A plain call or its answer.</summary>
    None = 0,
    /// <summary>The sender sends nothing more on this stream.</summary>
    RemoteClosed = 1,
    /// <summary>The sender goes on sending on this stream.</summary>
    RemoteOpen = 2,
    /// <summary>The frame has no message in it.</summary>
    NoData = 4,
}
