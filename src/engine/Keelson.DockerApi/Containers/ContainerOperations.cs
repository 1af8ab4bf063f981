using System.Buffers;
using System.Text.Json;
using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Networks;
using Keelson.Engine.Containers;
using Keelson.Snapshots;

namespace Keelson.DockerApi.Containers;

/// <summary>Containers as objects: created, listed, looked at, renamed, updated, removed.</summary>
internal sealed class ContainerOperations(DockerApiServices services)
{
    private static readonly SearchValues<char> OfNames = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
    private readonly IContainerService containers = services.Containers;
    private readonly NetworkMessages networks = new(services);

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/containers/json", ListAsync);
        routes.Add("POST", "/containers/create", CreateAsync);
        routes.Add("POST", "/containers/prune", PruneAsync);
        routes.Add("GET", "/containers/{id}/json", InspectAsync);
        routes.Add("GET", "/containers/{id}/top", TopAsync);
        routes.Add("GET", "/containers/{id}/changes", ChangesAsync);
        routes.Add("POST", "/containers/{id}/rename", RenameAsync);
        routes.Add("POST", "/containers/{id}/update", UpdateAsync);
        routes.Add("DELETE", "/containers/{id}", RemoveAsync);
    }

    private async Task ListAsync(Call call)
    {
        int limit = call.Query.Integer("limit") ?? 0;
        ContainerFilter filter = await ContainerFilter.ParseAsync(call, services).ConfigureAwait(false);
        bool all = call.Query.Flag("all") || limit > 0 || filter.ChoosesStatus;
        IEnumerable<ContainerInfo> known = filter.ChoosesRemoved ? containers.List().Concat(containers.Removed.List().Select(removed => removed.Info)) : containers.List();
        IEnumerable<ContainerInfo> chosen = known.Where(container => (all || container.State.IsRunning || container.State.Status == ContainerStatus.Restarting) && filter.Matches(container));
        if (limit > 0) chosen = chosen.Take(limit);
        ContainerSummaries summaries = await ContainerSummaries.BeginAsync(services, call.Cancel).ConfigureAwait(false);
        if (call.Query.Flag("size")) await WriteWithSizesAsync(call, summaries, chosen).ConfigureAwait(false);
        else await WriteAsync(call, summaries, chosen.Select(container => (container, (ContainerSize?)null))).ConfigureAwait(false);
    }

    /// <summary>Sizes come first: what fails is told in place of the list, not in the midst of it.</summary>
    private static async Task WriteWithSizesAsync(Call call, ContainerSummaries summaries, IEnumerable<ContainerInfo> chosen)
    {
        List<(ContainerInfo, ContainerSize?)> lines = [];
        foreach (ContainerInfo container in chosen)
            if (await summaries.SizeAsync(container, call.Cancel).ConfigureAwait(false) is { } size) lines.Add((container, size));
        await WriteAsync(call, summaries, lines).ConfigureAwait(false);
    }

    private static async Task WriteAsync(Call call, ContainerSummaries summaries, IEnumerable<(ContainerInfo Container, ContainerSize? Size)> lines)
    {
        using LongAnswer answer = call.BeginLong();
        await using Utf8JsonWriter json = new(answer, new() { SkipValidation = true });
        json.WriteStartArray();
        foreach ((ContainerInfo container, ContainerSize? size) in lines)
        {
            summaries.Write(json, container, size);
            json.Flush();
            await answer.SendPiecesAsync().ConfigureAwait(false);
        }
        json.WriteEndArray();
        json.Flush();
        answer.Write("\n"u8);
        await answer.EndAsync().ConfigureAwait(false);
    }

    private async Task CreateAsync(Call call)
    {
        string name = call.Query["name"];
        ReadOnlyMemory<byte> body = await call.ReadJsonAsync().ConfigureAwait(false);
        CreateRequest request = CreateRequest.Parse(body.Span);
        if (request.Settings.Image.Length == 0 && request.Settings is { Cmd: null, Entrypoint: null }) throw ApiException.BadRequest("Config cannot be empty in order to create a container");
        CheckName(name);
        CheckNetworks(request);
        if (name.Length > 0 && containers.Holder(name) is { } holder) throw ApiException.Conflict(ContainerLookup.NameConflict(holder));
        await Images.ImageLookup.FindAsync(services, request.Settings.Image, call.Cancel).ConfigureAwait(false);
        ContainerCreation made = await MakeAsync(call, new() { Name = name, Settings = request.Settings, Host = request.Host, Networks = request.Networks }).ConfigureAwait(false);
        call.Note.ContainerId = made.Id;
        await call.WriteAsync(new Docker.ContainerCreateResponse { Id = made.Id, Warnings = [.. made.Warnings] }, Docker.DockerJson.Default.ContainerCreateResponse, 201).ConfigureAwait(false);
    }

    /// <summary>Makes a container.</summary>
    /// <exception cref="ApiException">404: the image is not there, and clients pull it. 400: another container is not there.</exception>
    private async Task<ContainerCreation> MakeAsync(Call call, ContainerCreateOptions options)
    {
        try
        {
            return await containers.CreateAsync(options, call.Cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            await Images.ImageLookup.FindAsync(services, options.Settings.Image, call.Cancel).ConfigureAwait(false);
            throw new ApiException(400, e.FullMessage, e);
        }
    }

    /// <summary>Refuses networks that are not there.</summary>
    /// <exception cref="ApiException">400: a client takes 404 at this place for a missing image, and pulls it.</exception>
    private void CheckNetworks(CreateRequest request)
    {
        string mode = request.Host.NetworkMode;
        IEnumerable<string> named = request.Networks?.Keys ?? [];
        if (!mode.StartsWith("container:", StringComparison.Ordinal)) named = named.Append(mode);
        foreach (string name in named)
        {
            try
            {
                containers.Networks.Find(name);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
            {
                throw new ApiException(400, e.Message, e);
            }
        }
    }

    private async Task InspectAsync(Call call)
    {
        ContainerInfo container = containers.FindRemoved(call) ?? containers.Find(call);
        Docker.ContainerInspect message = ContainerMessages.Inspect(container, networks, await MountsAsync(container, call.Cancel).ConfigureAwait(false), services.Containers.AppArmorProfileOf(container));
        if (call.Query.Flag("size") && container.State.Status != ContainerStatus.Removed)
        {
            ContainerSize size = await containers.SizeAsync(container.Id, call.Cancel).ConfigureAwait(false);
            message.SizeRw = size.WritableBytes;
            message.SizeRootFs = size.RootBytes;
        }
        await call.WriteAsync(message, Docker.DockerJson.Default.ContainerInspect).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Mount>> MountsAsync(ContainerInfo container, CancellationToken cancel)
    {
        if (container.State.Status == ContainerStatus.Removed) return [];
        try
        {
            return await services.Snapshots.Of(containers.Namespace, container.Snapshotter).MountsAsync(container.SnapshotKey, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
        {
            return [];
        }
    }

    private async Task TopAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        if (!container.State.IsRunning) throw ApiException.Conflict($"Container {container.Id} is not running");
        ProcessTable table = await containers.TopAsync(container.Id, call.Query["ps_args"], call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.ContainerTop { Titles = [.. table.Titles], Processes = [.. table.Rows.Select(row => row.ToArray())] }, Docker.DockerJson.Default.ContainerTop).ConfigureAwait(false);
    }

    private async Task ChangesAsync(Call call)
    {
        IReadOnlyList<TreeChange> changes = await containers.ChangesAsync(containers.Find(call).Id, call.Cancel).ConfigureAwait(false);
        if (changes.Count == 0) await call.WriteAsync("null"u8.ToArray()).ConfigureAwait(false);
        else await call.WriteAsync([.. changes.Select(change => new Docker.ContainerChange { Kind = (byte)change.Kind, Path = change.Path })], Docker.DockerJson.Default.ContainerChangeArray).ConfigureAwait(false);
    }

    private async Task RenameAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        string name = call.Query["name"];
        if (name.TrimStart('/').Length == 0) throw ApiException.BadRequest("Neither old nor new names may be empty");
        CheckName(name, "Error when allocating new name: ");
        if (container.Name == name.TrimStart('/')) throw ApiException.BadRequest("Renaming a container with the same name as its current name");
        if (containers.Holder(name) is { } holder) throw ApiException.Conflict("Error when allocating new name: " + ContainerLookup.NameConflict(holder));
        await containers.RenameAsync(container.Id, name.TrimStart('/'), call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task UpdateAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        ContainerUpdate update = await call.ReadAsync(ContainerJson.Default.ContainerUpdate).ConfigureAwait(false);
        IReadOnlyList<string> warnings = await containers.UpdateAsync(container.Id, update, call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.ContainerUpdateResponse { Warnings = warnings.Count > 0 ? [.. warnings] : null }, Docker.DockerJson.Default.ContainerUpdateResponse).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Call call)
    {
        if (containers.FindRemoved(call) is { } removed)
        {
            containers.Removed.Remove(removed.Id);
            await call.StatusAsync(204).ConfigureAwait(false);
            return;
        }
        ContainerInfo container = containers.Find(call);
        bool force = call.Query.Flag("force");
        if (call.Query.Flag("link")) throw ApiException.BadRequest("links are not there");
        if (!force && container.State.IsRunning)
            throw ApiException.Conflict(container.State.Status == ContainerStatus.Paused
                ? $"You cannot remove a paused container {container.Id}. Unpause and then stop the container before attempting removal or force remove"
                : $"You cannot remove a running container {container.Id}. Stop the container before attempting removal or force remove");
        await containers.RemoveAsync(container.Id, force, call.Query.Flag("v"), call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task PruneAsync(Call call)
    {
        FilterSet filters = call.Filters("label", "label!", "until");
        DateTimeOffset? until = PruneLimit.Parse(filters, services.Time.GetUtcNow());
        PruneReport report = await containers.PruneAsync(container =>
            filters.Labels("label", container.Settings.Labels) && filters.NoLabels("label!", container.Settings.Labels) && (until is null || container.CreatedAt < until), call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.ContainersPruneResponse { ContainersDeleted = report.Ids.Count > 0 ? [.. report.Ids] : null, SpaceReclaimed = (ulong)report.FreedBytes },
            Docker.DockerJson.Default.ContainersPruneResponse).ConfigureAwait(false);
    }

    private static void CheckName(string name, string before = "")
    {
        string bare = name.TrimStart('/');
        if (name.Length == 0) return;
        bool isValid = bare.Length > 1 && char.IsAsciiLetterOrDigit(bare[0]) && !bare.AsSpan().ContainsAnyExcept(OfNames);
        if (!isValid) throw ApiException.BadRequest($"{before}Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
    }
}
