using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;
using Keelson.Engine.Networks;
using Keelson.Network.Records;

namespace Keelson.DockerApi.Networks;

/// <summary>Networks: listed, looked at, made, removed, joined and left.</summary>
internal sealed class NetworkOperations(DockerApiServices services)
{
    private readonly INetworkService networks = services.Containers.Networks;
    private readonly NetworkMessages messages = new(services);

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/networks", ListAsync);
        routes.Add("POST", "/networks/create", CreateAsync);
        routes.Add("POST", "/networks/prune", PruneAsync);
        routes.Add("GET", "/debug/networks", async call => await call.WriteAsync(await networks.DiagnoseAsync(call.Cancel).ConfigureAwait(false)).ConfigureAwait(false));
        routes.Add("GET", "/networks/{id}", call => call.WriteAsync(messages.Resource(networks.Find(call["id"]), withContainers: true), Docker.DockerJson.Default.NetworkResource));
        routes.Add("DELETE", "/networks/{id}", RemoveAsync);
        routes.Add("POST", "/networks/{id}/connect", ConnectAsync);
        routes.Add("POST", "/networks/{id}/disconnect", DisconnectAsync);
    }

    private Task ListAsync(Call call)
    {
        FilterSet filters = call.Filters("dangling", "driver", "id", "label", "name", "scope", "type");
        if (filters["type"].FirstOrDefault(type => type is not ("builtin" or "custom")) is { } other) throw ApiException.BadRequest($"Invalid filter: 'type'='{other}'");
        bool? dangling = filters.Flag("dangling");
        bool Matches(NetworkRecord network) => filters.Exact("driver", network.Driver) && filters.Prefix("id", network.Id) && filters.Pattern("name", network.Name) && filters.Labels("label", network.Labels)
            && filters.Exact("scope", "local") && filters.Exact("type", networks.IsPredefined(network) ? "builtin" : "custom")
            && (dangling is null || !networks.IsPredefined(network) && dangling == (networks.Endpoints(network.Id).Count == 0));
        return call.WriteAsync(networks.List().Where(Matches).Select(network => messages.Resource(network, withContainers: false)).ToArray(), Docker.DockerJson.Default.NetworkResourceArray);
    }

    private async Task CreateAsync(Call call)
    {
        Docker.NetworkCreateRequest request = await call.ReadAsync(Docker.DockerJson.Default.NetworkCreateRequest).ConfigureAwait(false);
        if (request.Name.Length == 0) throw ApiException.BadRequest("network name cannot be empty");
        NetworkRecord made = await Forbidding(() => networks.CreateAsync(NetworkRequests.Wish(request), call.Cancel)).ConfigureAwait(false);
        await call.WriteAsync(new Docker.NetworkCreateResponse { Id = made.Id }, Docker.DockerJson.Default.NetworkCreateResponse, 201).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Call call)
    {
        await Forbidding(async () =>
        {
            await networks.RemoveAsync(call["id"], call.Cancel).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        await call.StatusAsync(204).ConfigureAwait(false);
    }

    private async Task PruneAsync(Call call)
    {
        FilterSet filters = call.Filters("label", "label!", "until");
        DateTimeOffset? limit = PruneLimit.Parse(filters, services.Time.GetUtcNow());
        IReadOnlyList<string> removed = await networks.PruneAsync(network => filters.Labels("label", network.Labels) && filters.NoLabels("label!", network.Labels) && (limit is null || network.Created < limit), call.Cancel).ConfigureAwait(false);
        await call.WriteAsync(new Docker.NetworksPruneResponse { NetworksDeleted = removed.Count > 0 ? [.. removed] : null }, Docker.DockerJson.Default.NetworksPruneResponse).ConfigureAwait(false);
    }

    private async Task ConnectAsync(Call call)
    {
        Docker.NetworkConnectRequest request = await call.ReadAsync(Docker.DockerJson.Default.NetworkConnectRequest).ConfigureAwait(false);
        await services.Containers.ConnectAsync(networks.Find(call["id"]).Id, Containers.ContainerLookup.Find(services.Containers, request.Container).Id, NetworkRequests.Endpoint(request.EndpointConfig), call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(200).ConfigureAwait(false);
    }

    private async Task DisconnectAsync(Call call)
    {
        Docker.NetworkDisconnectRequest request = await call.ReadAsync(Docker.DockerJson.Default.NetworkDisconnectRequest).ConfigureAwait(false);
        await services.Containers.DisconnectAsync(networks.Find(call["id"]).Id, Containers.ContainerLookup.Find(services.Containers, request.Container).Id, request.Force, call.Cancel).ConfigureAwait(false);
        await call.StatusAsync(200).ConfigureAwait(false);
    }

    /// <summary>What is in the way is forbidden, in dockerd's statuses.</summary>
    private static async Task<T> Forbidding<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.FailedPrecondition)
        {
            throw new ApiException(403, e.FullMessage, e);
        }
    }
}
