using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Volumes;

/// <summary>Volumes of the driver <c>local</c>.</summary>
internal sealed class VolumeOperations(DockerApiServices services)
{
    private readonly IVolumeService volumes = services.Containers.Volumes;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/volumes", ListAsync);
        routes.Add("POST", "/volumes/create", CreateAsync);
        routes.Add("POST", "/volumes/prune", PruneAsync);
        routes.Add("GET", "/volumes/{name}", call => call.WriteAsync(VolumeMessages.Of(Find(call["name"])), Docker.DockerJson.Default.Volume));
        routes.Add("DELETE", "/volumes/{name}", RemoveAsync);
    }

    private Task ListAsync(Call call)
    {
        FilterSet filters = call.Filters("dangling", "driver", "label", "name");
        bool? dangling = filters.Flag("dangling");
        HashSet<string> used = [.. services.Containers.List().SelectMany(container => container.Mounts).Where(mount => mount.Type == "volume").Select(mount => mount.Name)];
        Docker.Volume[] found = [.. volumes.List().Where(volume => filters.Exact("driver", "local") && filters.Labels("label", volume.Labels)
            && filters.Pattern("name", volume.Name) && (dangling is null || dangling == !used.Contains(volume.Name))).Select(VolumeMessages.Of)];
        return call.WriteAsync(new Docker.VolumeListResponse { Volumes = found }, Docker.DockerJson.Default.VolumeListResponse);
    }

    private async Task CreateAsync(Call call)
    {
        Docker.VolumeCreateRequest request = await call.ReadAsync(Docker.DockerJson.Default.VolumeCreateRequest).ConfigureAwait(false);
        if (request.Driver is not ("" or "local")) throw ApiException.NotFound($"error looking up volume plugin {request.Driver}: plugin \"{request.Driver}\" not found");
        VolumeInfo volume = await volumes.CreateAsync(request.Name, request.Labels, request.DriverOpts, call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(VolumeMessages.Of(volume), Docker.DockerJson.Default.Volume, 201).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Call call)
    {
        bool force = call.Query.Flag("force");
        string name = call["name"];
        if (!force) Find(name);
        string[] users = [.. services.Containers.List().Where(container => container.Mounts.Any(mount => mount.Type == "volume" && mount.Name == name)).Select(container => container.Id)];
        if (users.Length > 0) throw ApiException.Conflict($"remove {name}: volume is in use - [{string.Join(", ", users)}]");
        await volumes.RemoveAsync(name, force, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task PruneAsync(Call call)
    {
        FilterSet filters = call.Filters("label", "label!", "all");
        PruneReport report = await volumes.PruneAsync(volume => filters.Labels("label", volume.Labels) && filters.NoLabels("label!", volume.Labels), call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.VolumesPruneResponse { VolumesDeleted = [.. report.Ids], SpaceReclaimed = (ulong)report.FreedBytes }, Docker.DockerJson.Default.VolumesPruneResponse).ConfigureAwait(false);
    }

    private VolumeInfo Find(string name)
    {
        try
        {
            return volumes.Get(name);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            throw new ApiException(404, $"get {name}: no such volume", e);
        }
    }
}
