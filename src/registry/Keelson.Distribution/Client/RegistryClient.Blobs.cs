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
        return await FirstAsync(repository.Registry, HostCapabilities.Pull, operation, async host =>
        {
            if (++index < skipHosts && index + 1 < PullHosts(repository.Registry)) throw new RegistryException(ErrorKind.DataLoss, $"{operation}: {host.Origin} sent wrong content");
            BlobStream stream = new(transport, host, repository, blob, offset, end, operation);
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
        }).ConfigureAwait(false);
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

    private async Task<bool> HasBlobAsync(RegistryHost host, RepositoryName repository, Digest digest, AuthScope scope, CancellationToken cancellation)
    {
        string operation = $"look for {repository}@{digest}";
        Uri url = host.Resource($"{repository.Path}/blobs/{digest}", repository.Registry);
        using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Head, url, scope, cancellation).ConfigureAwait(false);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound => false,
            _ => throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false),
        };
    }
}
