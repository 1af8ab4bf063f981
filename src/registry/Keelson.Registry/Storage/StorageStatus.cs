namespace Keelson.Registry.Storage;

/// <summary>What is at a path.</summary>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Length">Length of a file in bytes.</param>
/// <param name="Modified">When it was written, or touched.</param>
public readonly record struct StorageStatus(bool IsFolder, long Length, DateTimeOffset Modified);
