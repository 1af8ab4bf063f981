using Keelson.Oci;

namespace Keelson.Distribution;

/// <summary>Keeps the addresses of open uploads, so that another process can go on with them.</summary>
/// <remarks>An address may let anyone write to that upload; it is to be kept as a secret.</remarks>
public interface IUploadJournal
{
    /// <summary>The address of an open upload, or <see langword="null"/>.</summary>
    Uri? Find(RepositoryName repository, Digest digest);

    /// <summary>Keeps an address.</summary>
    void Record(RepositoryName repository, Digest digest, Uri location);

    /// <summary>The upload is over.</summary>
    void Forget(RepositoryName repository, Digest digest);
}
