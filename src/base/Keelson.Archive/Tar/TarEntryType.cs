namespace Keelson.Archive;

/// <summary>What an entry of a tar archive is. The values are the type flags of the header.</summary>
/// <remarks>pax(1) "ustar Interchange Format", typeflag.</remarks>
public enum TarEntryType : byte
{
    /// <summary>A file; also the flags zero byte (v7), <c>7</c> (contiguous) and <c>S</c> (GNU sparse).</summary>
    RegularFile = (byte)'0',
    /// <summary>Another name of a file that came before.</summary>
    HardLink = (byte)'1',
    /// <summary>A symbolic link.</summary>
    SymbolicLink = (byte)'2',
    /// <summary>A character device.</summary>
    CharacterDevice = (byte)'3',
    /// <summary>A block device.</summary>
    BlockDevice = (byte)'4',
    /// <summary>A directory; also the flag <c>D</c> (GNU, with a list of names, which is passed over).</summary>
    Directory = (byte)'5',
    /// <summary>A fifo.</summary>
    Fifo = (byte)'6',
}
