using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Events;
using Keelson.Registry.Policies;
using Keelson.Registry.Signatures;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using Keelson.Registry.Usage;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Http;

/// <summary><c>/v2/NAME/manifests/REFERENCE</c>. distribution-spec 1.1 end-3, end-7 and end-9.</summary>
/// <param name="manifests">Has them.</param>
/// <param name="pushRules">What has to be so before one is taken.</param>
/// <param name="pulls">Counts pulls.</param>
/// <param name="guard">Refuses pulls of what is not signed; <see langword="null"/>: none is.</param>
/// <param name="upstreams">Have what is not here; <see langword="null"/>: there are none.</param>
internal sealed class ManifestEndpoint(ManifestStore manifests, IReadOnlyList<IPushRule> pushRules, PullLedger pulls, SignatureGuard? guard, UpstreamCache? upstreams)
{
    /// <summary>Most tags that one push sets.</summary>
    private const int TagLimit = 64;

    public Task HandleAsync(RegistryCall call) => call.Http.Request.Method switch
    {
        "GET" or "HEAD" => GetAsync(call),
        "PUT" => PutAsync(call),
        "DELETE" => DeleteAsync(call),
        _ => throw MethodFault.Of("GET, HEAD, PUT, DELETE"),
    };

    private async Task GetAsync(RegistryCall call)
    {
        string repository = call.Path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Pull)).ConfigureAwait(false);
        Digest digest = await ResolveAsync(call, repository).ConfigureAwait(false);
        StoredManifest manifest = await manifests.FindAsync(repository, digest, call.Cancel, isUse: true).ConfigureAwait(false)
            ?? (upstreams is null ? null : await upstreams.FetchManifestAsync(repository, digest, call.Cancel).ConfigureAwait(false))
            ?? throw await UnknownAsync(call, repository).ConfigureAwait(false);
        if (guard is not null) await guard.CheckPullAsync(call, repository, manifest).ConfigureAwait(false);
        HttpResponse response = call.Http.Response;
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        string etag = $"\"{digest}\"";
        response.Headers.ETag = etag;
        if (call.Http.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } known && known.Contains(etag, StringComparison.Ordinal))
        {
            call.Status(StatusCodes.Status304NotModified);
            return;
        }
        if (!call.IsHead && !call.Options.IsReadOnly) pulls.Count(repository, digest);
        await call.TellAsync(EventAction.Pull, manifest, call.Path.HasDigest ? "" : call.Path.Reference).ConfigureAwait(false);
        await call.WriteAsync(manifest.Content, manifest.MediaType).ConfigureAwait(false);
    }

    private async Task PutAsync(RegistryCall call)
    {
        string repository = call.Path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Push)).ConfigureAwait(false);
        MethodFault.CheckWrite(call.Options);
        ReadOnlyMemory<byte> content = await ReadAsync(call).ConfigureAwait(false);
        bool isDigest = call.Path.HasDigest;
        Digest digest = isDigest ? call.Path.Digest : Digest.Of(content.Span);
        if (isDigest && !digest.IsOf(content.Span)) throw new RegistryFault(RegistryErrorCode.DigestInvalid, "provided digest did not match uploaded content", digest.ToString());
        IReadOnlyList<string> tags = isDigest ? Tags(call) : [RegistryPath.ParseTag(call.Path.Reference)];
        string? type = call.Http.Request.ContentType is { Length: > 0 } header ? MediaTypes.WithoutParameters(header) : null;
        if (type is not null && !MediaTypes.IsIndex(type) && !MediaTypes.IsManifest(type) && type != "application/json")
            throw new RegistryFault(RegistryErrorCode.ManifestInvalid, "manifest invalid: its media type is none of images and indexes", type.Length > 200 ? type[..200] : type);
        StoredManifest manifest = StoredManifest.Parse(digest, content, type);
        if (upstreams is not null && await call.MayAsync(new(repository, RegistryAction.Pull)).ConfigureAwait(false)) await upstreams.CompleteAsync(repository, manifest, call.Cancel).ConfigureAwait(false);
        foreach (IPushRule rule in pushRules) await rule.CheckAsync(repository, manifest, tags, call.Cancel).ConfigureAwait(false);
        await manifests.PutAsync(repository, manifest, tags, tag =>
        {
            CheckMutable(call, repository, tag);
            return call.NeedAsync(new AccessRequest(repository, RegistryAction.Overwrite));
        }, call.Cancel).ConfigureAwait(false);
        if (tags.Count == 0) await call.TellAsync(EventAction.Push, manifest).ConfigureAwait(false);
        foreach (string tag in tags) await call.TellAsync(EventAction.Push, manifest, tag).ConfigureAwait(false);
        HttpResponse response = call.Http.Response;
        response.Headers.Location = call.Location($"/v2/{repository}/manifests/{digest}");
        response.Headers["Docker-Content-Digest"] = digest.ToString();
        if (manifest.Subject is { } subject) response.Headers["OCI-Subject"] = subject.Digest.ToString();
        if (isDigest) foreach (string tag in tags) response.Headers.Append("OCI-Tag", tag);
        call.Status(StatusCodes.Status201Created);
    }

    private async Task DeleteAsync(RegistryCall call)
    {
        string repository = call.Path.Repository;
        await call.NeedAsync(new AccessRequest(repository, RegistryAction.Delete)).ConfigureAwait(false);
        MethodFault.CheckDelete(call.Options);
        void Check(string tag) => CheckMutable(call, repository, tag);
        if (call.Path.HasDigest)
        {
            IReadOnlyList<string> tags = await manifests.RemoveAsync(repository, call.Path.Digest, Check, call.Cancel).ConfigureAwait(false) ?? throw await UnknownAsync(call, repository).ConfigureAwait(false);
            await call.TellRemovedAsync(call.Path.Digest).ConfigureAwait(false);
            foreach (string tag in tags) await call.TellRemovedAsync(null, tag).ConfigureAwait(false);
        }
        else
        {
            string tag = RegistryPath.ParseTag(call.Path.Reference);
            if (await manifests.RemoveTagAsync(repository, tag, Check, call.Cancel).ConfigureAwait(false) is null) throw await UnknownAsync(call, repository).ConfigureAwait(false);
            await call.TellRemovedAsync(null, tag).ConfigureAwait(false);
        }
        call.Status(StatusCodes.Status202Accepted);
    }

    private static void CheckMutable(RegistryCall call, string repository, string tag)
    {
        if (call.Options.IsImmutable?.Invoke(repository, tag) == true) throw new RegistryFault(RegistryErrorCode.TagImmutable, "the tag is immutable", tag);
    }

    private async ValueTask<Digest> ResolveAsync(RegistryCall call, string repository)
    {
        string reference = call.Path.Reference;
        if (call.Path.HasDigest) return call.Path.Digest;
        string tag = RegistryPath.ParseTag(call.Path.Reference);
        CachedTag found = upstreams is null ? new(await manifests.ResolveAsync(repository, tag, call.Cancel).ConfigureAwait(false)) : await upstreams.ResolveAsync(repository, tag, call.Cancel).ConfigureAwait(false);
        call.Warn(found.Warning);
        return found.Digest ?? throw await UnknownAsync(call, repository).ConfigureAwait(false);
    }

    private async Task<RegistryFault> UnknownAsync(RegistryCall call, string repository) => await manifests.HasBegunAsync(repository, call.Cancel).ConfigureAwait(false)
        ? new(RegistryErrorCode.ManifestUnknown, "manifest unknown", call.Path.Reference)
        : new(RegistryErrorCode.NameUnknown, "repository name not known to registry", repository);

    /// <summary>The body, of a limited length. The server holds the limit too, so that what is too long is not even read to keep the connection. CVE-2017-11468.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(RegistryCall call)
    {
        if (call.Http.Request.ContentLength > ManifestStore.LimitBytes) throw TooLarge();
        call.LimitBody(ManifestStore.LimitBytes);
        using MemoryStream body = new((int)(call.Http.Request.ContentLength ?? 0));
        System.IO.Pipelines.PipeReader reader = call.Http.Request.BodyReader;
        try
        {
            while (true)
            {
                System.IO.Pipelines.ReadResult read = await reader.ReadAsync(call.Cancel).ConfigureAwait(false);
                bool isTooLarge = body.Length + read.Buffer.Length > ManifestStore.LimitBytes;
                if (!isTooLarge)
                    foreach (ReadOnlyMemory<byte> part in read.Buffer) body.Write(part.Span);
                reader.AdvanceTo(read.Buffer.End);
                if (isTooLarge) throw TooLarge();
                if (read.IsCompleted) return body.GetBuffer().AsMemory(0, (int)body.Length);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge();
        }
    }

    /// <summary>Tags that a push by digest sets besides.</summary>
    private static List<string> Tags(RegistryCall call)
    {
        if (!call.Http.Request.Query.TryGetValue("tag", out var values)) return [];
        if (values.Count > TagLimit) throw new RegistryFault(RegistryErrorCode.TagInvalid, $"more than {TagLimit} tags at once");
        return [.. values.Select(tag => RegistryPath.ParseTag(tag ?? "")).Distinct()];
    }

    private static RegistryFault TooLarge() => new(RegistryErrorCode.ManifestTooLarge, $"manifest invalid: it is longer than {ManifestStore.LimitBytes} bytes");
}
