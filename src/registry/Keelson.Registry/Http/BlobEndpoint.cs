using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Events;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Http;

/// <summary><c>/v2/NAME/blobs/DIGEST</c>. distribution-spec 1.1 end-2 and end-10.</summary>
internal sealed class BlobEndpoint(BlobStore blobs, UpstreamCache? upstreams, RegistryMeter meter)
{
    private const string MediaType = "application/octet-stream", Forever = "max-age=31536000";

    /// <summary>What is read from the file and handed to the connection at once.</summary>
    private const int PieceBytes = 256 << 10;

    public Task HandleAsync(RegistryCall call) => call.Http.Request.Method switch
    {
        "GET" => GetAsync(call),
        "HEAD" => HeadAsync(call),
        "DELETE" => DeleteAsync(call),
        _ => throw MethodFault.Of("GET, HEAD, DELETE"),
    };

    private async Task HeadAsync(RegistryCall call)
    {
        (string repository, Digest digest) = (call.Path.Repository, call.Path.Digest);
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        BlobInfo blob = await blobs.FindAsync(repository, digest, call.Cancel).ConfigureAwait(false)
            ?? (upstreams is null ? null : await upstreams.FindBlobAsync(repository, digest, call.Cancel).ConfigureAwait(false))
            ?? throw Unknown(digest);
        await call.TellAsync(EventAction.Pull, digest, blob.Length).ConfigureAwait(false);
        Describe(call.Http.Response, digest, blob.Length);
    }

    private async Task GetAsync(RegistryCall call)
    {
        (string repository, Digest digest) = (call.Path.Repository, call.Path.Digest);
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        if (call.Options.AllowsRedirect && blobs.HasAddresses && await TryRedirectAsync(call, repository, digest).ConfigureAwait(false)) return;
        await using IStorageReader file = await blobs.OpenAsync(repository, digest, call.Cancel).ConfigureAwait(false)
            ?? (upstreams is null ? null : await upstreams.OpenBlobAsync(repository, digest, call.Cancel).ConfigureAwait(false))
            ?? throw Unknown(digest);
        HttpResponse response = call.Http.Response;
        if (IsKnown(call, digest)) return;
        ByteRange range = ByteRange.Of(call.Http.Request, file.Length, ETag(digest));
        Describe(response, digest, range.Length);
        if (range.IsPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{file.Length}";
        }
        await call.TellAsync(EventAction.Pull, digest, file.Length).ConfigureAwait(false);
        await SendAsync(call, file, range).ConfigureAwait(false);
        meter.Sent(range.Length);
    }

    /// <summary>Sends the client to the store, with what it asks for of the blob.</summary>
    /// <returns>Whether it is answered.</returns>
    private async Task<bool> TryRedirectAsync(RegistryCall call, string repository, Digest digest)
    {
        if (await blobs.FindAsync(repository, digest, call.Cancel).ConfigureAwait(false) is null) return false;
        if (IsKnown(call, digest)) return true;
        if (await blobs.AddressAsync(digest, call.Cancel).ConfigureAwait(false) is not { } address) return false;
        call.Http.Response.Headers.Location = address.AbsoluteUri;
        call.Http.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        // The address is a secret, and ends.
        call.Http.Response.Headers.CacheControl = "no-store";
        call.Status(StatusCodes.Status307TemporaryRedirect);
        return true;
    }

    /// <summary>Answers a client that has the blob. RFC 9110 section 13.1.2.</summary>
    private static bool IsKnown(RegistryCall call, Digest digest)
    {
        string etag = ETag(digest);
        if (call.Http.Request.Headers.IfNoneMatch.ToString() is not { Length: > 0 } known || !known.Contains(etag, StringComparison.Ordinal)) return false;
        call.Http.Response.Headers.ETag = etag;
        call.Status(StatusCodes.Status304NotModified);
        return true;
    }

    private static async Task SendAsync(RegistryCall call, IStorageReader file, ByteRange range)
    {
        System.IO.Pipelines.PipeWriter body = call.Http.Response.BodyWriter;
        long offset = range.Offset, end = range.Offset + range.Length;
        while (offset < end)
        {
            int wanted = (int)Math.Min(PieceBytes, end - offset);
            int count = await file.ReadAsync(offset, body.GetMemory(wanted)[..wanted], call.Cancel).ConfigureAwait(false);
            // Shorter than it was when it was opened: the client must see that the answer is not whole.
            if (count == 0) throw new KeelsonException(ErrorKind.DataLoss, $"blob {call.Path.Reference}: ends at {offset} of {end}");
            body.Advance(count);
            offset += count;
            if (offset < end) await body.FlushAsync(call.Cancel).ConfigureAwait(false);
        }
        await body.FlushAsync(call.Cancel).ConfigureAwait(false);
    }

    private async Task DeleteAsync(RegistryCall call)
    {
        (string repository, Digest digest) = (call.Path.Repository, call.Path.Digest);
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Delete)).ConfigureAwait(false);
        MethodFault.CheckDelete(call.Options);
        if (!await blobs.UnlinkAsync(repository, digest, call.Cancel).ConfigureAwait(false)) throw Unknown(digest);
        await call.TellRemovedAsync(digest).ConfigureAwait(false);
        call.Status(StatusCodes.Status202Accepted);
    }

    private static void Describe(HttpResponse response, Digest digest, long length)
    {
        response.ContentType = MediaType;
        response.ContentLength = length;
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        response.Headers.ETag = ETag(digest);
        response.Headers.CacheControl = Forever;
        response.Headers.AcceptRanges = "bytes";
    }

    private static string ETag(Digest digest) => $"\"{digest}\"";

    private static RegistryFault Unknown(Digest digest) => new(RegistryErrorCode.BlobUnknown, "blob unknown to registry", digest.ToString());
}
