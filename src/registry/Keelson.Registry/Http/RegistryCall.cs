using System.Globalization;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Events;
using Keelson.Registry.Limits;
using Keelson.Registry.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.Registry.Http;

/// <summary>A request on its way through the registry, and its answer.</summary>
internal sealed class RegistryCall(HttpContext http, RegistryPath path, RegistryOptions options, RateLimiter? limiter = null)
{
    public HttpContext Http => http;

    public RegistryPath Path => path;

    public RegistryOptions Options => options;

    /// <summary>Who asks.</summary>
    public AccessDecision? Access { get; private set; }

    public CancellationToken Cancel => http.RequestAborted;

    /// <summary>GET or HEAD.</summary>
    public bool IsRead => HttpMethods.IsGet(http.Request.Method) || IsHead;

    public bool IsHead => HttpMethods.IsHead(http.Request.Method);

    /// <summary>A parameter behind the question mark; empty when it is not there.</summary>
    public string Query(string name) => http.Request.QueryString.HasValue && http.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] ?? "" : "";

    /// <summary>Asks for rights.</summary>
    /// <exception cref="RegistryFault">UNAUTHORIZED, DENIED.</exception>
    public async ValueTask NeedAsync(params IReadOnlyList<AccessRequest> needs)
    {
        if (options.Authorizer is not { } authorizer) return;
        AccessDecision decision = await authorizer.DecideAsync(http, needs, Cancel).ConfigureAwait(false);
        // A request that asks twice counts once.
        if (Access is null) limiter?.CheckUser(http, decision.Identity);
        Access = decision;
        if (decision.IsAllowed) return;
        string reason = decision.Reason.Length > 0 ? decision.Reason : decision.Challenge is null ? "requested access to the resource is denied" : "authentication required";
        throw new RegistryFault(decision.Challenge is null ? RegistryErrorCode.Denied : RegistryErrorCode.Unauthorized, reason)
        {
            Headers = decision.Challenge is { } challenge ? [new("WWW-Authenticate", challenge)] : [],
        };
    }

    /// <summary>Whether a right is there, without an answer to the client.</summary>
    public async ValueTask<bool> MayAsync(AccessRequest need) => options.Authorizer is not { } authorizer || (await authorizer.DecideAsync(http, [need], Cancel).ConfigureAwait(false)).IsAllowed;

    /// <summary>Tells observers that a manifest was pulled or pushed.</summary>
    public ValueTask TellAsync(EventAction action, StoredManifest manifest, string tag = "") => options.Observers.Count == 0 ? ValueTask.CompletedTask : TellAsync(Happened(action) with
    {
        Digest = manifest.Digest,
        MediaType = manifest.MediaType,
        Size = manifest.Content.Length,
        Tag = tag,
        Url = Location($"/v2/{path.Repository}/manifests/{manifest.Digest}"),
        References = manifest.References,
    });

    /// <summary>Tells observers that a blob was pulled, pushed or mounted.</summary>
    public ValueTask TellAsync(EventAction action, Digest blob, long length, string from = "") => options.Observers.Count == 0 ? ValueTask.CompletedTask : TellAsync(Happened(action) with
    {
        Digest = blob,
        MediaType = "application/octet-stream",
        Size = length,
        FromRepository = from,
        Url = Location($"/v2/{path.Repository}/blobs/{blob}"),
    });

    /// <summary>Tells observers that content, a tag, or with neither of them a repository was removed.</summary>
    /// <param name="digest">The content.</param>
    /// <param name="tag">The tag.</param>
    /// <param name="repository">Where; <see langword="null"/>: in the repository that the request is for.</param>
    public ValueTask TellRemovedAsync(Digest? digest, string tag = "", string? repository = null) =>
        options.Observers.Count == 0 ? ValueTask.CompletedTask : TellAsync(Happened(EventAction.Delete, repository) with { Digest = digest, Tag = tag });

    /// <summary>An address of the registry for the client.</summary>
    public string Location(string path)
    {
        path = Below(path);
        if (options.HasRelativeLocations) return path;
        if (options.PublicAddress is { } address) return address.TrimEnd('/') + path;
        HttpRequest request = http.Request;
        if (!request.Host.HasValue) return path;
        string scheme = First(request.Headers["X-Forwarded-Proto"].ToString()) is { Length: > 0 } proto ? proto : request.Scheme;
        string host = First(request.Headers["X-Forwarded-Host"].ToString()) is { Length: > 0 } forwarded ? forwarded : request.Host.Value!;
        return $"{scheme}://{host}{path}";
    }

    /// <summary>A path of the registry as clients know it, who may reach it below another one.</summary>
    public string Below(string path) => http.Request.PathBase.HasValue ? http.Request.PathBase.Value + path : path;

    /// <summary>How many entries a page of a list has.</summary>
    /// <exception cref="RegistryFault">PAGINATION_NUMBER_INVALID.</exception>
    public int PageSize()
    {
        string text = Query("n");
        if (text.Length == 0) return options.PageLimit;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long n) || n > int.MaxValue)
            throw new RegistryFault(RegistryErrorCode.PaginationNumberInvalid, "invalid number of results requested", text.Length > 32 ? text[..32] : text);
        return (int)Math.Min(n, options.PageLimit);
    }

    /// <summary>Has the server refuse a body that is longer, be it to keep the connection.</summary>
    public void LimitBody(long bytes)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = bytes;
    }

    /// <summary>Tells the client something besides. distribution-spec 1.1 "Warnings".</summary>
    /// <param name="warning">The value of the header; <see langword="null"/>: nothing.</param>
    public void Warn(string? warning)
    {
        if (warning is not null) http.Response.Headers.Warning = warning;
    }

    /// <summary>Answers with a status alone.</summary>
    public void Status(int status)
    {
        http.Response.StatusCode = status;
        if (status is not (204 or 304)) http.Response.ContentLength = 0;
    }

    /// <summary>Answers with a document; HEAD gets its headers.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, string mediaType, int status = 200)
    {
        HttpResponse response = http.Response;
        response.StatusCode = status;
        response.ContentType = mediaType;
        response.ContentLength = content.Length;
        if (!IsHead) await response.BodyWriter.WriteAsync(content, Cancel).ConfigureAwait(false);
    }

    private RegistryEvent Happened(EventAction action, string? repository = null)
    {
        string address = http.Connection.RemoteIpAddress is { } ip ? new System.Net.IPEndPoint(ip, http.Connection.RemotePort).ToString() : "";
        return new()
        {
            Action = action, Time = options.Store.Time.GetUtcNow(), Repository = repository ?? path.Repository, Actor = Access?.Identity ?? "",
            Request = new(http.TraceIdentifier, address, http.Request.Host.Value ?? "", http.Request.Method, http.Request.Headers.UserAgent.ToString()),
        };
    }

    private async ValueTask TellAsync(RegistryEvent happened)
    {
        foreach (IRegistryObserver observer in options.Observers) await observer.HearAsync(happened).ConfigureAwait(false);
    }

    private static string First(string list)
    {
        int comma = list.IndexOf(',', StringComparison.Ordinal);
        return (comma < 0 ? list : list[..comma]).Trim();
    }
}
