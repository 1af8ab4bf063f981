namespace Keelson.Registry.Store;

/// <summary>A blob that a repository has.</summary>
/// <param name="Length">Its length in bytes.</param>
internal readonly record struct BlobInfo(long Length);
