using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Tuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.Notary.Server;

/// <summary>A server of signed collections: answers requests as notary-server 0.7 does.</summary>
/// <remarks>
/// Files are served as they were signed, from memory. Nothing is signed while somebody reads: snapshots and timestamps are made with each publication, and made anew before they
/// expire by <see cref="RunAsync"/>.
/// </remarks>
public sealed class NotaryServer
{
    /// <summary>The name of the meter that counts what servers do.</summary>
    public const string MeterName = NotaryMeter.Name;

    private readonly ITrustStore store;
    private readonly IKeyService keys;
    private readonly NotaryServerOptions options;
    private readonly ILogger logger;
    private readonly CollectionCache cache;
    private readonly Publisher publisher;
    private readonly OnlineRenewal renewal;
    private readonly NotaryMeter meter = new();
    private readonly string currentCache, consistentCache;

    /// <summary>Makes a server.</summary>
    /// <param name="store">Keeps the collections; it stays the caller's.</param>
    /// <param name="keys">Signs snapshots and timestamps; it stays the caller's.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="logger">Hears of faults.</param>
    public NotaryServer(ITrustStore store, IKeyService keys, NotaryServerOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(options);
        (this.store, this.keys, this.options, this.logger) = (store, keys, options, logger);
        cache = new(store, options);
        OnlineSigner signer = new(keys, options);
        publisher = new(store, signer, cache, options);
        renewal = new(store, publisher, options, logger);
        currentCache = CacheControl(options.CurrentLifetime);
        consistentCache = CacheControl(options.ConsistentLifetime);
    }

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        TrustPath path = TrustPath.Read(context.Request.Path.Value ?? "");
        long start = options.Time.GetTimestamp();
        try
        {
            await AnswerAsync(context, path).ConfigureAwait(false);
        }
        catch (NotaryFault fault)
        {
            await RefuseAsync(context, path, fault).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for an answer.
        }
        catch (Exception e) when (e is KeelsonException or IOException or InvalidOperationException)
        {
            await RefuseAsync(context, path, NotaryFault.Unknown(e)).ConfigureAwait(false);
        }
        meter.Answered(path.Kind, context.Response.StatusCode, options.Time.GetElapsedTime(start));
    }

    /// <summary>Makes snapshots and timestamps anew before they expire, until it is asked to stop.</summary>
    public Task RunAsync(CancellationToken stop) => renewal.RunAsync(stop);

    /// <summary>Does one round of that: makes anew what expires within a third of its lifetime, or has expired.</summary>
    public Task RenewAsync(CancellationToken cancel = default) => renewal.RoundAsync(cancel);

    private Task AnswerAsync(HttpContext context, TrustPath path)
    {
        string method = context.Request.Method;
        bool reads = method is "GET" or "HEAD";
        return path.Kind switch
        {
            TrustPathKind.Base when reads => BaseAsync(context),
            TrustPathKind.Current or TrustPathKind.ByHash or TrustPathKind.ByVersion when reads => FileAsync(context, path),
            TrustPathKind.Upload when method == "POST" => UploadAsync(context, path),
            TrustPathKind.Upload when method == "DELETE" => DeleteAsync(context, path),
            TrustPathKind.Key when method is "GET" or "POST" => KeyAsync(context, path),
            TrustPathKind.Feed or TrustPathKind.CollectionFeed when method == "GET" => FeedAsync(context, path),
            TrustPathKind.Health when reads => HealthAsync(context),
            _ => OtherAsync(context),
        };
    }

    private async Task BaseAsync(HttpContext context)
    {
        await AllowAsync(context, null).ConfigureAwait(false);
        await WriteAsync(context, "{}"u8.ToArray(), "application/json; charset=utf-8").ConfigureAwait(false);
    }

    private async Task OtherAsync(HttpContext context)
    {
        await AllowAsync(context, null).ConfigureAwait(false);
        throw NotaryFault.NoMetadata();
    }

    private async Task FileAsync(HttpContext context, TrustPath path)
    {
        await AllowOnAsync(context, path.Gun, "pull").ConfigureAwait(false);
        ServedFile file = (path.Kind switch
        {
            TrustPathKind.Current => await cache.FindAsync(path.Gun, path.Role, context.RequestAborted).ConfigureAwait(false),
            TrustPathKind.ByHash => path.Hash.Length == 64 ? await cache.FindByHashAsync(path.Gun, path.Role, path.Hash, context.RequestAborted).ConfigureAwait(false) : null,
            _ => await cache.FindByVersionAsync(path.Gun, path.Role, path.Version, context.RequestAborted).ConfigureAwait(false),
        }) ?? throw NotaryFault.NoMetadata();
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = path.Kind == TrustPathKind.Current ? currentCache : consistentCache;
        headers.LastModified = file.LastModified;
        headers.ETag = file.ETag;
        if (context.Request.Headers.IfNoneMatch is { Count: > 0 } known && known.Any(value => value == "*" || value?.Contains(file.ETag, StringComparison.Ordinal) == true))
        {
            context.Response.StatusCode = 304;
            return;
        }
        await WriteAsync(context, file.Data, "text/plain; charset=utf-8").ConfigureAwait(false);
    }

    private async Task UploadAsync(HttpContext context, TrustPath path)
    {
        await AllowOnAsync(context, path.Gun, "push", "pull").ConfigureAwait(false);
        if (TrustPath.Refuse(path.Gun, options.GunPrefixes) is { } why) throw NotaryFault.BadGun(why);
        List<UploadedFile> files = await UploadReader.ReadAsync(context.Request, options, context.RequestAborted).ConfigureAwait(false);
        await publisher.PublishAsync(path.Gun, files, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context, TrustPath path)
    {
        await AllowOnAsync(context, path.Gun, "*").ConfigureAwait(false);
        await publisher.DeleteAsync(path.Gun, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task KeyAsync(HttpContext context, TrustPath path)
    {
        bool isNew = context.Request.Method == "POST";
        await AllowOnAsync(context, path.Gun, isNew ? ["*"] : ["push", "pull"]).ConfigureAwait(false);
        if (path.Role is not (TufRoles.Snapshot or TufRoles.Timestamp)) throw NotaryFault.BadRole(path.Role);
        if (TrustPath.Refuse(path.Gun, options.GunPrefixes) is not null) throw NotaryFault.NoMetadata();
        OnlineKey key = (isNew ? null : await publisher.PresentKeyAsync(path.Gun, path.Role, context.RequestAborted).ConfigureAwait(false))
            ?? await keys.CreateAsync(options.KeyAlgorithm, path.Gun, path.Role, context.RequestAborted).ConfigureAwait(false);
        await WriteJsonAsync(context, new() { ["keytype"] = key.Algorithm, ["keyval"] = new JsonObject { ["public"] = Convert.ToBase64String(key.PublicKey.Span), ["private"] = null } }).ConfigureAwait(false);
    }

    private async Task FeedAsync(HttpContext context, TrustPath path)
    {
        if (path.Kind == TrustPathKind.CollectionFeed) await AllowOnAsync(context, path.Gun, "pull").ConfigureAwait(false);
        else await AllowAsync(context, new("registry", "catalog", ["*"])).ConfigureAwait(false);
        IQueryCollection query = context.Request.Query;
        if (!int.TryParse(query["records"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int records)) throw NotaryFault.BadParameter("records must be an integer");
        long after = 0;
        if (query["change_id"].ToString() is { Length: > 0 } text && !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out after)) throw NotaryFault.BadParameter("change_id must be an integer");
        if (after < -1) throw NotaryFault.BadParameter("change_id must be -1 or more");
        const int Standard = 100, Most = 10_000;
        records = records == 0 ? Standard : Math.Clamp(records, -Most, Most);
        IReadOnlyList<TrustChange> changes = await store.ChangesAsync(path.Kind == TrustPathKind.CollectionFeed ? path.Gun : null, after, records, context.RequestAborted).ConfigureAwait(false);
        await WriteJsonAsync(context, new()
        {
            ["count"] = changes.Count,
            ["records"] = new JsonArray([.. changes.Select(change => new JsonObject
            {
                ["ID"] = change.Id.ToString(CultureInfo.InvariantCulture),
                ["CreatedAt"] = change.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
                ["GUN"] = change.Gun,
                ["Version"] = change.Version,
                ["SHA256"] = change.Sha256,
                ["Category"] = change.IsDeletion ? "deletion" : "update",
            })]),
        }).ConfigureAwait(false);
    }

    private async Task HealthAsync(HttpContext context)
    {
        JsonObject failed = [];
        foreach ((string name, Func<CancellationToken, Task> check) in ((string, Func<CancellationToken, Task>)[])[("DB operational", store.CheckAsync), ("Trust operational", keys.CheckAsync)])
        {
            try
            {
                await check(context.RequestAborted).ConfigureAwait(false);
            }
            catch (KeelsonException e)
            {
                failed[name] = e.Message;
            }
        }
        context.Response.StatusCode = failed.Count == 0 ? 200 : 503;
        await WriteJsonAsync(context, failed).ConfigureAwait(false);
    }

    private Task AllowOnAsync(HttpContext context, string gun, params string[] actions) => AllowAsync(context, new NotaryAccess("repository", gun, actions));

    private async Task AllowAsync(HttpContext context, NotaryAccess? access)
    {
        if (options.Authorizer is not { } authorizer) return;
        NotaryDecision decision = await authorizer.AuthorizeAsync(context, access).ConfigureAwait(false);
        if (decision.IsAllowed) return;
        context.Response.Headers.WWWAuthenticate = decision.Challenge;
        throw NotaryFault.NotAllowed(access is null ? "no token" : $"{access.Type}:{access.Name}:{string.Join(',', access.Actions)}");
    }

    private async Task RefuseAsync(HttpContext context, TrustPath path, NotaryFault fault)
    {
        if (fault.Status >= 500) logger.RequestFailed(context.Request.Method, path.Gun, fault.InnerException ?? fault);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        // A file that is not there now may be there in a moment.
        context.Response.Headers.Remove("Cache-Control");
        context.Response.StatusCode = fault.Status;
        await WriteJsonAsync(context, new() { ["errors"] = new JsonArray(new JsonObject { ["code"] = fault.Code, ["message"] = fault.Message, ["detail"] = fault.Detail?.DeepClone() }) }).ConfigureAwait(false);
    }

    private static Task WriteJsonAsync(HttpContext context, JsonObject json)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) json.WriteTo(writer);
        return WriteAsync(context, text.GetBuffer().AsMemory(0, (int)text.Length), "application/json; charset=utf-8");
    }

    private static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        if (context.Request.Method != "HEAD") await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }

    private static string CacheControl(TimeSpan lifetime) => string.Create(CultureInfo.InvariantCulture, $"public, max-age={(long)lifetime.TotalSeconds}, s-maxage={(long)lifetime.TotalSeconds}, must-revalidate");
}
