namespace Keelson.Archive;

/// <summary>A part of a sparse file that is stored; what lies between reads as zeros.</summary>
/// <param name="Offset">Bytes from the beginning of the file.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct TarRegion(long Offset, long Length);
