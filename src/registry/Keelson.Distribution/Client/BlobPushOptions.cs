using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>What helps to push a blob.</summary>
public sealed record BlobPushOptions
{
    /// <summary>A repository of the same registry that is believed to have the blob.</summary>
    public RepositoryName? MountFrom { get; init; }

    /// <summary>Keeps the addresses of uploads over a restart.</summary>
    public IUploadJournal? Journal { get; init; }

    /// <summary>Hears how many more bytes have gone; bytes that have to go again are heard again.</summary>
    public Action<int>? Sent { get; init; }
}
