using System.Globalization;
using Keelson.Build;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.DockerApi.Builds;

/// <summary>Builds, and what they leave for later ones.</summary>
internal sealed class BuildOperations(DockerApiServices services)
{
    private const string None = "this engine does not build images";

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("POST", "/build", BuildAsync);
        routes.Add("POST", "/build/prune", PruneAsync);
        routes.Add("POST", "/build/cancel", _ => throw ApiException.NotImplemented("a build ends with the connection that began it"));
    }

    private async Task BuildAsync(Call call)
    {
        ImageBuilder builder = services.Builder ?? throw ApiException.NotImplemented(None);
        BuildOptions options = BuildRequest.Parse(call);
        string remote = call.Query["remote"];
        using BuildStream stream = new(call, call.Query.Flag("q"));
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        Task telling = stream.TellAsync(services.Time, end.Token);
        try
        {
            string id = await builder.BuildAsync(options, (directory, cancel) => remote is "" or "client-session"
                ? BuildContext.UnpackAsync(call.Http.Request.Body, directory, cancel)
                : RemoteContext.OpenAsync(remote, directory, cancel), stream, call.Cancel).ConfigureAwait(false);
            if (options.Tags.Count > 0)
            {
                EngineImage image = await services.Images.GetAsync(services.Containers.Namespace, id, call.Cancel).ConfigureAwait(false);
                foreach (ImageReference tag in options.Tags) await new ImageNotices(services).TaggedAsync(image, tag).ConfigureAwait(false);
            }
            await stream.FinishAsync(id).ConfigureAwait(false);
        }
        catch (Exception e) when (!call.Cancel.IsCancellationRequested && (stream.HasBegun || stream.HasKept) && ErrorTable.Of(e) is { } known)
        {
            await stream.FailAsync((e as BuildException)?.Code ?? 0, known.Message).ConfigureAwait(false);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await telling.ConfigureAwait(false);
        }
    }

    private async Task PruneAsync(Call call)
    {
        FilterSet filters = call.Filters("until", "id", "type", "description", "inuse", "shared", "private", "parent", "unused-for");
        if (services.Maker is not { } maker)
        {
            await call.WriteAsync(new Docker.BuildPruneResponse(), Docker.DockerJson.Default.BuildPruneResponse).ConfigureAwait(false);
            return;
        }
        DateTimeOffset? until = PruneLimit.Parse(filters, services.Time.GetUtcNow());
        long kept = call.Query["keep-storage"] is not { Length: > 0 } text ? 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : throw ApiException.BadRequest($"parameter keep-storage: '{text}' is no integer");
        bool Chosen(EngineImage image) => (until is null || image.Config.Created < until) && (!filters.Has("id") || filters["id"].Any(id => image.Id.Hex.StartsWith(id, StringComparison.Ordinal) || image.Id.ToString().StartsWith(id, StringComparison.Ordinal)))
            && (!filters.Has("type") || filters["type"].Contains("regular"));
        ImageRemoval removal = await maker.PruneCacheAsync(services.Containers.Namespace, new() { All = call.Query.Flag("all"), KeepBytes = kept, Filter = Chosen }, call.Cancel).ConfigureAwait(false);
        string[] deleted = [.. removal.Deleted.Select(digest => digest.ToString())];
        await call.WriteAsync(new Docker.BuildPruneResponse { CachesDeleted = deleted.Length > 0 ? deleted : null, SpaceReclaimed = (ulong)removal.FreedBytes }, Docker.DockerJson.Default.BuildPruneResponse).ConfigureAwait(false);
    }

    /// <summary>A step of a build as a record of build cache.</summary>
    public static Docker.BuildCacheRecord Record(EngineImage image, long bytes) => new()
    {
        ID = image.Id.Hex[..12],
        Parent = image.ParentId == default ? "" : image.ParentId.Hex[..12],
        Type = "regular",
        Description = image.Config.History is [.., { CreatedBy: { } step }] ? step : "",
        InUse = false,
        Shared = image.HasChildren,
        Size = bytes,
        CreatedAt = GoTime.Text(image.Config.Created),
        UsageCount = 1,
    };
}
