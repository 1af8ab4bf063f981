using Keelson.Distribution;
using Keelson.DockerApi.Builds;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.DockerApi.Volumes;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Server;

/// <summary><c>_ping</c>, <c>version</c>, <c>info</c>, <c>system/df</c>, <c>auth</c>.</summary>
internal sealed class SystemOperations(DockerApiServices services, EventOperations events)
{
    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/_ping", PingAsync);
        routes.Add("HEAD", "/_ping", PingAsync);
        routes.Add("GET", "/version", VersionAsync);
        routes.Add("GET", "/info", InfoAsync);
        routes.Add("GET", "/system/df", DiskUsageAsync);
        routes.Add("POST", "/auth", AuthAsync);
    }

    private static async Task PingAsync(Call call)
    {
        HttpResponse response = call.Http.Response;
        response.Headers.CacheControl = "no-cache, no-store, must-revalidate";
        response.Headers.Pragma = "no-cache";
        response.ContentType = "text/plain; charset=utf-8";
        bool isHead = HttpMethods.IsHead(call.Http.Request.Method);
        response.ContentLength = isHead ? 0 : 2;
        if (!isHead) await response.Body.WriteAsync("OK"u8.ToArray(), call.Cancel).ConfigureAwait(false);
    }

    private Task VersionAsync(Call call)
    {
        MachineFacts machine = MachineFacts.Read();
        return call.WriteAsync(new Docker.VersionResponse
        {
            Platform = new() { Name = "Keelson" },
            Components =
            [
                new()
                {
                    Name = "Engine",
                    Version = services.Info.Version,
                    Details = new()
                    {
                        ["ApiVersion"] = ApiVersion.Newest.ToString(), ["Arch"] = machine.GoArchitecture, ["BuildTime"] = "", ["Experimental"] = "false", ["GitCommit"] = services.Info.Commit,
                        ["GoVersion"] = "", ["KernelVersion"] = machine.KernelVersion, ["MinAPIVersion"] = ApiVersion.Oldest.ToString(), ["Os"] = "linux",
                    },
                },
            ],
            Version = services.Info.Version,
            ApiVersion = ApiVersion.Newest.ToString(),
            MinAPIVersion = ApiVersion.Oldest.ToString(),
            GitCommit = services.Info.Commit,
            Os = "linux",
            Arch = machine.GoArchitecture,
            KernelVersion = machine.KernelVersion,
        }, Docker.DockerJson.Default.VersionResponse);
    }

    private async Task InfoAsync(Call call)
    {
        IReadOnlyList<ContainerInfo> containers = services.Containers.List();
        IReadOnlyList<EngineImage> images = await services.Images.ListAsync(services.Containers.Namespace, call.Cancel).ConfigureAwait(false);
        Docker.SystemInfo info = MachineFacts.Read().Describe(services.Time.GetUtcNow());
        info.LoggingDriver = services.Containers.LogDriver;
        info.CgroupDriver = services.Containers.CgroupDriver.ToString().ToLowerInvariant();
        // docker names it first.
        if (services.Containers.HasAppArmor) info.SecurityOptions = ["name=apparmor", .. info.SecurityOptions ?? []];
        info.LiveRestoreEnabled = services.Info.KeepsContainers;
        info.ID = services.Info.Uuid;
        info.Containers = containers.Count;
        info.ContainersPaused = containers.Count(container => container.State.Status == ContainerStatus.Paused);
        info.ContainersRunning = containers.Count(container => container.State.Status == ContainerStatus.Running);
        info.ContainersStopped = info.Containers - info.ContainersPaused - info.ContainersRunning;
        info.Images = images.Count;
        info.Driver = services.Snapshots.Names[0];
        info.DockerRootDir = services.Info.Root;
        info.Plugins!.Volume = [.. services.Containers.Volumes.Drivers];
        info.ServerVersion = services.Info.Version;
        info.Debug = services.Info.IsDebug;
        info.NEventsListener = events.Listeners;
        await call.WriteAsync(info, Docker.DockerJson.Default.SystemInfo).ConfigureAwait(false);
    }

    private async Task DiskUsageAsync(Call call)
    {
        IReadOnlyList<ContainerInfo> containers = services.Containers.List();
        IReadOnlyList<EngineImage> images = await services.Images.ListAsync(services.Containers.Namespace, call.Cancel).ConfigureAwait(false);
        List<Docker.ContainerSummary> summaries = [];
        ContainerSummaries lines = await ContainerSummaries.BeginAsync(services, call.Cancel).ConfigureAwait(false);
        foreach (ContainerInfo container in containers)
            if (await lines.SizeAsync(container, call.Cancel).ConfigureAwait(false) is { } size) summaries.Add(lines.Message(container, size));
        List<Docker.Volume> volumes = [];
        // As docker: what is mounted and what plug-ins keep is not counted.
        foreach (VolumeInfo volume in services.Containers.Volumes.List().Where(volume => volume.IsPlain))
        {
            (long size, int users) = await services.Containers.Volumes.UsageAsync(volume.Name, call.Cancel).ConfigureAwait(false);
            volumes.Add(VolumeMessages.Of(volume) with { UsageData = new() { Size = size, RefCount = users } });
        }
        LayerSizes layers = await LayerSizes.MeasureAsync(services, images, call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.DiskUsageResponse
        {
            LayersSize = layers.TotalBytes,
            BuildCache = [.. images.Where(image => image.IsStep && image.Names.Count == 0).Select(image => BuildOperations.Record(image, image.Config.History is [.., { IsEmptyLayer: true }] ? 0 : layers.OfLayer(LayerSizes.Chains(image).LastOrDefault() ?? "")))],
            Images = [.. images.Where(image => !image.HasChildren || image.Names.Count > 0).Select(image => ImageMessages.Summary(image) with
            {
                Containers = containers.Count(container => container.ImageId == image.Id.ToString()), SharedSize = layers.SharedBytes(image),
            })],
            Containers = [.. summaries],
            Volumes = [.. volumes],
        }, Docker.DockerJson.Default.DiskUsageResponse).ConfigureAwait(false);
    }

    private async Task AuthAsync(Call call)
    {
        Docker.AuthConfig asked = await call.ReadAsync(Docker.DockerJson.Default.AuthConfig).ConfigureAwait(false);
        IRegistryQueries registries = services.Registries ?? throw ApiException.NotImplemented("this engine does not check credentials");
        try
        {
            await registries.CheckAsync(RegistryAuth.Host(asked.ServerAddress), RegistryAuth.Credential(asked), call.Cancel).ConfigureAwait(false);
        }
        catch (RegistryException e) when (e.Kind == ErrorKind.PermissionDenied)
        {
            throw new ApiException(401, e.FullMessage, e);
        }
        await call.WriteAsync(new Docker.AuthResponse { Status = "Login Succeeded" }, Docker.DockerJson.Default.AuthResponse).ConfigureAwait(false);
    }
}
