namespace Keelson.Content;

/// <summary>A blob that is there.</summary>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Identity">Changes when other bytes take its place; an inode's number for a file, 0 where there is nothing of the kind.</param>
public readonly record struct BlobStatus(long Size, ulong Identity);
