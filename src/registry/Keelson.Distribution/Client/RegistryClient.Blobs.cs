using System.Net;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class RegistryClient
{
    /// <summary>Whether a repository has a blob. distribution-spec "end-2".</summary>
    public async Task<bool> HasBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return await HasBlobAsync(Upstream(repository.Registry), repository, digest, AuthScope.Pull(repository), cancellation).ConfigureAwait(false);
    }

    /// <summary>Opens a blob, or a range of it. distribution-spec "end-2"; RFC 9110 section 14.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="blob">The blob; its size must be right. The content is not checked against the digest: whoever has the whole does that.</param>
    /// <param name="offset">The first byte wanted.</param>
    /// <param name="length">Bytes wanted; to the end when left out.</param>
    /// <param name="skipHosts">Hosts at the beginning of the list that are not asked, since what they sent was wrong.</param>
    /// <param name="cancellation">Ends the opening.</param>
    /// <returns>A stream to be read asynchronously. A connection that breaks or stalls is opened again where it broke off.</returns>
    /// <exception cref="RegistryException">NotFound: there is none. DataLoss: the registry has one of another size.</exception>
    public async Task<BlobStream> OpenBlobAsync(
        RepositoryName repository, Descriptor blob, long offset = 0, long? length = null, int skipHosts = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        long end = offset + (length ?? blob.Size - offset);
        if (offset < 0 || end < offset || end > blob.Size) throw new KeelsonException(ErrorKind.InvalidArgument, $"fetch {blob.Digest}: bytes {offset} to {end} are not in its {blob.Size}");
        string operation = $"fetch {repository}@{blob.Digest}";
        int index = -1;
        return await FirstAsync(repository.Registry, HostCapabilities.Pull, operation, host =>
        {
            if (++index < skipHosts && index + 1 < PullHosts(repository.Registry)) throw new RegistryException(ErrorKind.DataLoss, $"{operation}: {host.Origin} sent wrong content");
            return OpenAsync(new(transport, host, repository, blob.Digest, blob.Size, offset, end, operation), cancellation);
        }).ConfigureAwait(false);
    }

    /// <summary>Opens a blob whose size is not known: the registry says it. distribution-spec "end-2"; RFC 9110 section 14.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="digest">Which. The content is not checked against it: whoever has the whole does that.</param>
    /// <param name="offset">The first byte wanted.</param>
    /// <param name="cancellation">Ends the opening.</param>
    /// <returns>A stream to be read asynchronously, which knows the <see cref="BlobStream.Size"/>.</returns>
    /// <exception cref="RegistryException">NotFound: there is none. DataLoss: the registry does not say how long it is, or it is shorter than <paramref name="offset"/>.</exception>
    public Task<BlobStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        string operation = $"fetch {repository}@{digest}";
        return FirstAsync(repository.Registry, HostCapabilities.Pull, operation, host => OpenAsync(new(transport, host, repository, digest, null, offset, 0, operation), cancellation));
    }

    /// <summary>The size of a blob of a repository in bytes. distribution-spec "end-2".</summary>
    /// <returns><see langword="null"/>: it does not have it.</returns>
    /// <exception cref="RegistryException">DataLoss: the registry does not say how long it is.</exception>
    public async Task<long?> FindBlobSizeAsync(RepositoryName repository, Digest digest, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        string operation = $"look for {repository}@{digest}";
        using HttpResponseMessage answer = await HeadBlobAsync(Upstream(repository.Registry), repository, digest, AuthScope.Pull(repository), operation, cancellation).ConfigureAwait(false);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => answer.Content.Headers.ContentLength ?? throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry does not say how long it is", 200),
            HttpStatusCode.NotFound => null,
            _ => throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>Deletes a blob of a repository. distribution-spec "end-10".</summary>
    /// <exception cref="RegistryException">NotFound: there is none. Unsupported: the registry does not delete.</exception>
    public Task DeleteBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return DeleteAsync(repository, $"blobs/{digest}", $"delete {repository}@{digest}", cancellation);
    }

    /// <summary>How many hosts a blob of a registry can be fetched from.</summary>
    internal int PullHosts(string registry) => options.Hosts.For(registry).Count(host => host.Capabilities.HasFlag(HostCapabilities.Pull));

    private static async Task<BlobStream> OpenAsync(BlobStream stream, CancellationToken cancellation)
    {
        try
        {
            await stream.OpenAsync(cancellation).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<bool> HasBlobAsync(RegistryHost host, RepositoryName repository, Digest digest, AuthScope scope, CancellationToken cancellation)
    {
        string operation = $"look for {repository}@{digest}";
        using HttpResponseMessage answer = await HeadBlobAsync(host, repository, digest, scope, operation, cancellation).ConfigureAwait(false);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound => false,
            _ => throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false),
        };
    }

    private Task<HttpResponseMessage> HeadBlobAsync(RegistryHost host, RepositoryName repository, Digest digest, AuthScope scope, string operation, CancellationToken cancellation) =>
        SendAsync(host, operation, HttpMethod.Head, host.Resource($"{repository.Path}/blobs/{digest}", repository.Registry), scope, cancellation);
}
