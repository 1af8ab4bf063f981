using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Volumes;

/// <summary>Volumes of all drivers.</summary>
internal sealed class VolumeOperations(DockerApiServices services)
{
    private readonly IVolumeService volumes = services.Containers.Volumes;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/volumes", ListAsync);
        routes.Add("POST", "/volumes/create", CreateAsync);
        routes.Add("POST", "/volumes/prune", PruneAsync);
        // Names of plug-ins' volumes may have slashes.
        routes.Add("GET", "/volumes/{name*}", InspectAsync);
        routes.Add("DELETE", "/volumes/{name*}", RemoveAsync);
    }

    private async Task InspectAsync(Call call) =>
        await call.WriteAsync(VolumeMessages.Of(await volumes.InspectAsync(call["name"], call.Cancel).ConfigureAwait(false)), Docker.DockerJson.Default.Volume).ConfigureAwait(false);

    private async Task ListAsync(Call call)
    {
        FilterSet filters = call.Filters("dangling", "driver", "label", "name");
        bool? dangling = filters.Flag("dangling");
        HashSet<string> used = [.. services.Containers.List().SelectMany(container => container.Mounts).Where(mount => mount.Type == "volume").Select(mount => mount.Name)];
        VolumeListing all = await volumes.ListAsync(call.Cancel).ConfigureAwait(false);
        Docker.Volume[] found = [.. all.Volumes.Where(volume => filters.Exact("driver", volume.Driver) && filters.Labels("label", volume.Labels)
            && filters.Pattern("name", volume.Name) && (dangling is null || dangling == !used.Contains(volume.Name))).Select(VolumeMessages.Of)];
        await call.WriteAsync(new Docker.VolumeListResponse { Volumes = found, Warnings = all.Warnings.Count > 0 ? [.. all.Warnings] : null }, Docker.DockerJson.Default.VolumeListResponse).ConfigureAwait(false);
    }

    private async Task CreateAsync(Call call)
    {
        Docker.VolumeCreateRequest request = await call.ReadAsync(Docker.DockerJson.Default.VolumeCreateRequest).ConfigureAwait(false);
        List<string> held = [];
        VolumeInfo volume;
        try
        {
            if (request.DriverOpts?.GetValueOrDefault(IVolumeService.FromOption) is { } from) await HoldAsync(from, held, call.Cancel).ConfigureAwait(false);
            volume = await volumes.CreateAsync(request.Name, request.Labels, request.DriverOpts, request.Driver, call.Cancel).ConfigureAwait(false);
        }
        finally
        {
            foreach (string id in held) await services.Containers.ResumeAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
        await call.WriteAsync(VolumeMessages.Of(volume), Docker.DockerJson.Default.Volume, 201).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Call call)
    {
        bool force = call.Query.Flag("force");
        string name = call["name"];
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

    /// <summary>Pauses the containers that could write to a volume while it is copied.</summary>
    private async Task HoldAsync(string name, List<string> held, CancellationToken cancel)
    {
        foreach (ContainerInfo container in services.Containers.List())
        {
            if (container.State.Status != ContainerStatus.Running || !container.Mounts.Any(mount => mount.Type == "volume" && mount.Name == name && mount.IsWritable)) continue;
            try
            {
                await services.Containers.PauseAsync(container.Id, cancel).ConfigureAwait(false);
                held.Add(container.Id);
            }
            catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
            {
                // It has ended or was paused meanwhile: it writes nothing.
            }
        }
    }
}
