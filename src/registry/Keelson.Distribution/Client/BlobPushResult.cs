namespace Keelson.Distribution;

/// <summary>How a blob came into a repository.</summary>
public enum BlobPushResult
{
    /// <summary>It was there.</summary>
    Exists,
    /// <summary>The registry took it over from another of its repositories.</summary>
    Mounted,
    /// <summary>It was sent.</summary>
    Uploaded,
}
