using System.Globalization;
using System.Net;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class RegistryClient
{
    /// <summary>Blobs up to this size go in the request that ends the upload: 1 MiB. Larger ones are sent so that a broken upload can go on.</summary>
    public const int SmallBlobBytes = 1 << 20;

    private const string BinaryType = "application/octet-stream";

    /// <summary>Brings a blob into a repository. distribution-spec "end-4" to "end-6" and "end-11".</summary>
    /// <remarks>
    /// Nothing is sent when it is there already, or when the registry takes it over from another repository. An upload that breaks off goes on at the byte
    /// that the registry has; so does one of an earlier process, when <paramref name="push"/> keeps its address.
    /// </remarks>
    /// <param name="repository">Where to.</param>
    /// <param name="blob">Digest and size.</param>
    /// <param name="content">Opens the content at its first byte; it is closed here. It may be called several times.</param>
    /// <param name="push">What else is known; nothing by default.</param>
    /// <param name="cancellation">Ends it; the upload stays open at the registry.</param>
    /// <returns>How the blob came there.</returns>
    /// <exception cref="RegistryException">PermissionDenied: the credential does not allow it. DataLoss: the content is not what its digest says.</exception>
    public Task<BlobPushResult> PushBlobAsync(
        RepositoryName repository, Descriptor blob, Func<CancellationToken, ValueTask<Stream>> content, BlobPushOptions? push = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(content);
        string operation = $"push {repository}@{blob.Digest}";
        return FirstAsync(repository.Registry, HostCapabilities.Push, operation, async host =>
        {
            AuthScope scope = AuthScope.Push(repository);
            if (await HasBlobAsync(host, repository, blob.Digest, scope, cancellation).ConfigureAwait(false)) return BlobPushResult.Exists;
            Upload upload = new(this, host, repository, blob, content, push ?? new BlobPushOptions(), operation, scope);
            return await upload.RunAsync(cancellation).ConfigureAwait(false);
        });
    }

    /// <summary>One upload, over as many requests as it takes.</summary>
    private sealed class Upload(RegistryClient client, RegistryHost host, RepositoryName repository, Descriptor blob,
        Func<CancellationToken, ValueTask<Stream>> content, BlobPushOptions push, string operation, AuthScope scope)
    {
        private readonly RetryPolicy retry = client.transport.Retry;
        private Uri? location;
        private long offset, minChunk;

        public async Task<BlobPushResult> RunAsync(CancellationToken cancellation)
        {
            if (push.Journal?.Find(repository, blob.Digest) is { } kept && RegistryTransport.IsSameOrigin(kept, host.Base))
            {
                location = kept;
                if (!await AskOffsetAsync(cancellation).ConfigureAwait(false)) location = null;
            }
            if (location is null && await StartAsync(push.MountFrom, cancellation).ConfigureAwait(false)) return BlobPushResult.Mounted;
            for (int failures = 1; ; failures++)
            {
                long before = offset;
                Exception? failure = null;
                HttpResponseMessage? answer = null;
                try
                {
                    answer = await SendRestAsync(cancellation).ConfigureAwait(false);
                    if (answer.StatusCode == HttpStatusCode.Created) break;
                    // 416: the registry has another offset. 404: it has forgotten the upload. 401: the token ended on the way.
                    bool mayGoOn = RetryPolicy.IsTransient(answer.StatusCode)
                        || answer.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable or HttpStatusCode.NotFound or HttpStatusCode.Unauthorized;
                    if (!mayGoOn || failures >= retry.Attempts || retry.Delay(failures, answer) is null) throw await client.ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    if (failures >= retry.Attempts || !RetryPolicy.IsTransient(e)) throw RegistryErrors.Connection(e, host, operation);
                    failure = e;
                }
                finally
                {
                    if (answer?.StatusCode == HttpStatusCode.Created) CheckStored(answer);
                    answer?.Dispose();
                }
                client.options.Warn?.Invoke($"{operation}: {(failure is null ? $"status {(int)answer!.StatusCode}" : RegistryErrors.Cause(failure))}; the upload goes on");
                await retry.WaitAsync(retry.Delay(failures, answer) ?? TimeSpan.Zero, cancellation).ConfigureAwait(false);
                if (!await AskOffsetAsync(cancellation).ConfigureAwait(false)) await StartAsync(null, cancellation).ConfigureAwait(false);
                if (offset - before >= SmallBlobBytes) failures = 0;
            }
            push.Journal?.Forget(repository, blob.Digest);
            return BlobPushResult.Uploaded;
        }

        /// <summary>Opens an upload; true when the registry took the blob over from another repository instead.</summary>
        private async Task<bool> StartAsync(RepositoryName? from, CancellationToken cancellation)
        {
            bool canMount = from is not null && from.Registry == repository.Registry && from.Path != repository.Path;
            string query = canMount ? $"?mount={Uri.EscapeDataString(blob.Digest.ToString())}&from={Uri.EscapeDataString(from!.Path)}" : "";
            Uri url = host.Resource($"{repository.Path}/blobs/uploads/{query}", repository.Registry);
            AuthScope needed = canMount ? scope.And(AuthScope.Pull(from!)) : scope;
            using HttpResponseMessage answer = await client.SendAsync(host, operation, HttpMethod.Post, url, needed, cancellation, request => request.Content = new ByteArrayContent([])).ConfigureAwait(false);
            if (canMount && answer.StatusCode == HttpStatusCode.Created) return true;
            // A registry that does not allow the mount may still take the upload.
            if (canMount && answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound) return await StartAsync(null, cancellation).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.Accepted) throw await client.ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            if (long.TryParse(Header(answer, "OCI-Chunk-Min-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long least)) minChunk = least;
            offset = 0;
            Moved(answer, url);
            return false;
        }

        /// <summary>Asks how much the registry has; false when it has forgotten the upload.</summary>
        private async Task<bool> AskOffsetAsync(CancellationToken cancellation)
        {
            using HttpResponseMessage answer = await client.SendAsync(host, operation, HttpMethod.Get, location!, scope, cancellation).ConfigureAwait(false);
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest) return false;
            if (answer.StatusCode != HttpStatusCode.NoContent) throw await client.ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            offset = Received(answer);
            Moved(answer, location!);
            return offset <= blob.Size;
        }

        /// <summary>Sends what is missing. The answer is 201 when all is stored; any other ended the upload early.</summary>
        private async Task<HttpResponseMessage> SendRestAsync(CancellationToken cancellation)
        {
            Stream source = await content(cancellation).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                source.Seek(offset, SeekOrigin.Begin);
                long chunk = client.options.UploadChunkBytes > 0 ? Math.Max(client.options.UploadChunkBytes, minChunk) : long.MaxValue;
                long inLast = blob.Size - offset <= SmallBlobBytes ? blob.Size - offset : 0;
                while (inLast == 0 && offset < blob.Size)
                {
                    long length = Math.Min(chunk, blob.Size - offset);
                    HttpResponseMessage part = await SendPieceAsync(HttpMethod.Patch, location!, source, length, cancellation).ConfigureAwait(false);
                    if (part.StatusCode != HttpStatusCode.Accepted) return part;
                    using (part)
                    {
                        if (Received(part) != offset + length) throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry has {Received(part)} bytes after {offset + length} were sent");
                        offset += length;
                        Moved(part, location!);
                    }
                }
                string query = (location!.Query.Length > 1 ? location.Query + "&" : "?") + "digest=" + Uri.EscapeDataString(blob.Digest.ToString());
                Uri last = new(location.GetLeftPart(UriPartial.Path) + query);
                return await SendPieceAsync(HttpMethod.Put, last, source, inLast, cancellation).ConfigureAwait(false);
            }
        }

        private async Task<HttpResponseMessage> SendPieceAsync(HttpMethod method, Uri url, Stream source, long length, CancellationToken cancellation)
        {
            long at = source.Position;
            return await client.transport.SendOnceAsync(host, () =>
            {
                source.Seek(at, SeekOrigin.Begin);
                HttpRequestMessage request = new(method, url) { Content = new UploadContent(source, length, sent => push.Sent?.Invoke(sent)) };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", BinaryType);
                if (length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{at}-{at + length - 1}"));
                return request;
            }, client.transport.Authorizer(host), scope, cancellation).ConfigureAwait(false);
        }

        private void Moved(HttpResponseMessage answer, Uri url)
        {
            if (Header(answer, "Location") is { } text)
                location = Uri.TryCreate(url, text, out Uri? next) && next.Scheme is "http" or "https" ? next : throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the registry gave no address for the upload");
            if (location is null) throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the registry gave no address for the upload");
            if (host.Base.Scheme == Uri.UriSchemeHttps && location.Scheme != Uri.UriSchemeHttps)
                // Behind a proxy some registries name the scheme by which they were reached themselves.
                location = location.Host == host.Base.Host ? new Uri(new Uri(host.Origin), location.PathAndQuery) : throw new RegistryException(ErrorKind.PermissionDenied, $"{operation}: the upload would go without TLS");
            push.Journal?.Record(repository, blob.Digest, location);
        }

        private void CheckStored(HttpResponseMessage answer)
        {
            Digest stored = DigestHeader(answer, operation);
            if (!stored.IsEmpty && stored.Algorithm == blob.Digest.Algorithm && stored != blob.Digest) throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry stored {stored}");
        }

        /// <summary>Bytes that a registry has: <c>Range: 0-N</c> with N the last, and <c>0-0</c> for none or, from some, for one.</summary>
        private static long Received(HttpResponseMessage answer)
        {
            string? range = answer.Headers.NonValidated.TryGetValues("Range", out System.Net.Http.Headers.HeaderStringValues values) ? values.First() : null;
            int dash = range?.LastIndexOf('-') ?? -1;
            return dash >= 0 && long.TryParse(range.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last > 0 ? last + 1 : 0;
        }
    }
}
