using System.Globalization;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Events;
using Keelson.Registry.Limits;
using Keelson.Registry.Store;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Http;

/// <summary><c>/v2/NAME/blobs/uploads/</c> and what it begins. distribution-spec 1.1 end-4, end-5, end-6, end-11, end-13 and end-14.</summary>
internal sealed class UploadEndpoint(UploadStore uploads, BlobStore blobs, RepositoryCatalog catalog, RegistryMeter meter)
{
    /// <summary>Of so many repositories at most a mount without a source looks for the blob.</summary>
    private const int MountSearchLimit = 1000;

    public Task BeginAsync(RegistryCall call) => call.Http.Request.Method == "POST" ? PostAsync(call) : throw MethodFault.Of("POST");

    public Task HandleAsync(RegistryCall call) => call.Http.Request.Method switch
    {
        "GET" or "HEAD" => StatusAsync(call),
        "PATCH" => PatchAsync(call),
        "PUT" => PutAsync(call),
        "DELETE" => CancelAsync(call),
        _ => throw MethodFault.Of("GET, HEAD, PATCH, PUT, DELETE"),
    };

    private async Task PostAsync(RegistryCall call)
    {
        string repository = call.Path.Repository, mount = call.Query("mount"), digest = call.Query("digest");
        if (mount.Length > 0 && await TryMountAsync(call, repository, RegistryPath.ParseDigest(mount)).ConfigureAwait(false)) return;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Push)).ConfigureAwait(false);
        MethodFault.CheckWrite(call.Options);
        if (await blobs.LeftAsync(repository, call.Cancel).ConfigureAwait(false) == 0) throw QuotaKeeper.Exceeded($"there is no room left in {repository}");
        Digest? whole = digest.Length > 0 ? RegistryPath.ParseDigest(digest) : null;
        string algorithm = whole?.Algorithm ?? (call.Query("digest-algorithm") is { Length: > 0 } asked ? CheckAlgorithm(asked) : "sha256");
        UploadSession session = await uploads.CreateAsync(repository, algorithm, call.Cancel).ConfigureAwait(false);
        if (whole is { } expected)
        {
            // Nobody else knows of it yet.
            await uploads.EnterAsync(session, call.Cancel).ConfigureAwait(false);
            await FinishAsync(call, session, () => expected).ConfigureAwait(false);
            return;
        }
        if (call.Options.ChunkMinBytes > 0) call.Http.Response.Headers["OCI-Chunk-Min-Length"] = call.Options.ChunkMinBytes.ToString(CultureInfo.InvariantCulture);
        Describe(call, session, StatusCodes.Status202Accepted);
    }

    /// <summary>Mounts a blob of another repository that the client may read. What cannot be mounted is pushed. distribution-spec 1.1 "Mounting a blob from another repository".</summary>
    private async Task<bool> TryMountAsync(RegistryCall call, string repository, Digest digest)
    {
        string from = call.Query("from");
        if (from.Length > 0 && !RepositoryName.IsPath(from)) throw new RegistryFault(RegistryErrorCode.NameInvalid, "invalid repository name", from.Length > 300 ? from[..300] : from);
        if (from.Length > 0) await call.NeedAsync(new(repository, RegistryAction.Push), new(from, RegistryAction.Pull)).ConfigureAwait(false);
        else await call.NeedAsync(new AccessRequest(repository, RegistryAction.Push)).ConfigureAwait(false);
        MethodFault.CheckWrite(call.Options);
        if (from.Length > 0 ? await blobs.FindAsync(from, digest, call.Cancel).ConfigureAwait(false) is null : !await IsSomewhereAsync(call, digest).ConfigureAwait(false)) return false;
        if (!await blobs.TryMountAsync(repository, digest, call.Cancel).ConfigureAwait(false)) return false;
        if (call.Options.Observers.Count > 0 && await blobs.FindAsync(repository, digest, call.Cancel).ConfigureAwait(false) is { } mounted)
            await call.TellAsync(EventAction.Mount, digest, mounted.Length, from).ConfigureAwait(false);
        Created(call, repository, digest);
        return true;
    }

    private async Task<bool> IsSomewhereAsync(RegistryCall call, Digest digest)
    {
        if (!await blobs.ExistsAsync(digest, call.Cancel).ConfigureAwait(false)) return false;
        foreach (string name in (await catalog.ListAsync("", MountSearchLimit, call.Cancel).ConfigureAwait(false)).Names)
            if (await blobs.FindAsync(name, digest, call.Cancel).ConfigureAwait(false) is not null && await call.MayAsync(new(name, RegistryAction.Pull)).ConfigureAwait(false)) return true;
        return false;
    }

    private async Task StatusAsync(RegistryCall call)
    {
        UploadSession session = await EnterAsync(call).ConfigureAwait(false);
        Describe(call, session, StatusCodes.Status204NoContent);
        await session.LeaveAsync().ConfigureAwait(false);
    }

    private async Task PatchAsync(RegistryCall call)
    {
        UploadSession session = await EnterAsync(call).ConfigureAwait(false);
        try
        {
            CheckOrder(call, session);
            await ReceiveAsync(call, session).ConfigureAwait(false);
            Describe(call, session, StatusCodes.Status202Accepted);
        }
        finally
        {
            await session.LeaveAsync().ConfigureAwait(false);
        }
    }

    private async Task PutAsync(RegistryCall call)
    {
        UploadSession session = await EnterAsync(call).ConfigureAwait(false);
        await FinishAsync(call, session, () =>
        {
            string digest = call.Query("digest");
            if (digest.Length == 0) throw new RegistryFault(RegistryErrorCode.DigestInvalid, "the digest of the blob is missing");
            CheckOrder(call, session);
            return RegistryPath.ParseDigest(digest);
        }).ConfigureAwait(false);
    }

    private async Task CancelAsync(RegistryCall call)
    {
        UploadSession session = await EnterAsync(call).ConfigureAwait(false);
        await uploads.CloseAsync(session).ConfigureAwait(false);
        await session.LeaveAsync().ConfigureAwait(false);
        call.Status(StatusCodes.Status204NoContent);
    }

    private async Task<UploadSession> EnterAsync(RegistryCall call)
    {
        string repository = call.Path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Push)).ConfigureAwait(false);
        MethodFault.CheckWrite(call.Options);
        return await uploads.EnterAsync(repository, call.Path.Reference, call.Cancel).ConfigureAwait(false);
    }

    /// <summary>Ends a push that was entered, and leaves it.</summary>
    /// <param name="call">The request, with the rest of the bytes.</param>
    /// <param name="session">The push.</param>
    /// <param name="expect">Checks the request and says which digest it promises.</param>
    private async Task FinishAsync(RegistryCall call, UploadSession session, Func<Digest> expect)
    {
        try
        {
            Digest digest = expect();
            await ReceiveAsync(call, session).ConfigureAwait(false);
            await uploads.FinishAsync(session, digest, call.Cancel).ConfigureAwait(false);
            meter.Received(session.Offset);
            await call.TellAsync(EventAction.Push, digest, session.Offset).ConfigureAwait(false);
            Created(call, session.Repository, digest);
        }
        finally
        {
            await session.LeaveAsync().ConfigureAwait(false);
        }
    }

    private async Task ReceiveAsync(RegistryCall call, UploadSession session)
    {
        // Whether there is room is known in the end: it may be a blob that is there already, which takes none.
        long most = blobs.ByteLimit(session.Repository), limit = Math.Min(most, call.Options.BlobLimitBytes);
        try
        {
            await uploads.AppendAsync(session, call.Http.Request.BodyReader, limit, call.Cancel).ConfigureAwait(false);
        }
        catch (RegistryFault fault) when (fault.Code == RegistryErrorCode.BlobTooLarge && limit < call.Options.BlobLimitBytes)
        {
            throw QuotaKeeper.Exceeded($"{session.Repository} may hold {most} bytes, and the blob alone is longer");
        }
    }

    /// <summary>A chunk begins where the last one ended, and is as long as it says. distribution-spec 1.1 "Pushing a blob in chunks".</summary>
    private static void CheckOrder(RegistryCall call, UploadSession session)
    {
        string range = call.Http.Request.Headers.ContentRange.ToString();
        if (range.Length == 0) return;
        if (!ContentRange.TryParse(range, out ContentRange chunk))
            throw new RegistryFault(RegistryErrorCode.BlobUploadInvalid, "the content range is not FIRST-LAST", range.Length > 100 ? range[..100] : range);
        if (chunk.From != session.Offset)
        {
            throw new RegistryFault(RegistryErrorCode.RangeInvalid, $"the chunk begins at {chunk.From}, and the next byte is {session.Offset}")
            {
                Headers = [new("Location", call.Location(Address(session))), new("Range", Received(session)), new("Docker-Upload-UUID", session.Id)],
            };
        }
        if (call.Http.Request.ContentLength is { } length && length != chunk.Length)
            throw new RegistryFault(RegistryErrorCode.SizeInvalid, $"the content range has {chunk.Length} bytes, and the content {length}");
    }

    private static string CheckAlgorithm(string asked) => asked is "sha256" or "sha512" ? asked
        : throw new RegistryFault(RegistryErrorCode.DigestInvalid, "the algorithm is neither sha256 nor sha512", asked.Length > 32 ? asked[..32] : asked);

    private static void Describe(RegistryCall call, UploadSession session, int status)
    {
        HttpResponse response = call.Http.Response;
        response.Headers.Location = call.Location(Address(session));
        response.Headers.Range = Received(session);
        response.Headers["Docker-Upload-UUID"] = session.Id;
        call.Status(status);
    }

    private static void Created(RegistryCall call, string repository, Digest digest)
    {
        call.Http.Response.Headers.Location = call.Location($"/v2/{repository}/blobs/{digest}");
        call.Http.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        call.Status(StatusCodes.Status201Created);
    }

    private static string Address(UploadSession session) => $"/v2/{session.Repository}/blobs/uploads/{session.Id}";

    /// <summary>The bytes that are there, the last one included; of none <c>0-0</c> all the same, as distribution has it.</summary>
    private static string Received(UploadSession session) => string.Create(CultureInfo.InvariantCulture, $"0-{Math.Max(0, session.Offset - 1)}");
}
