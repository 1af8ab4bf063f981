using Keelson.DockerApi.Filters;
using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Networks;

/// <summary>The networks that are built in: listed, looked at, and protected.</summary>
internal sealed class NetworkOperations(DockerApiServices services)
{
    private readonly BuiltInNetworks networks = new(services);

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("GET", "/networks", ListAsync);
        routes.Add("POST", "/networks/create", CreateAsync);
        routes.Add("POST", "/networks/prune", call => call.WriteAsync(new Docker.NetworksPruneResponse(), Docker.DockerJson.Default.NetworksPruneResponse));
        routes.Add("GET", "/networks/{id}", InspectAsync);
        routes.Add("DELETE", "/networks/{id}", call => throw new ApiException(403, $"{Find(call["id"]).Name} is a pre-defined network and cannot be removed"));
        routes.Add("POST", "/networks/{id}/connect", call => throw new ApiException(403, $"container cannot be connected to network {Find(call["id"]).Name}"));
        routes.Add("POST", "/networks/{id}/disconnect", call => throw new ApiException(403, $"container cannot be disconnected from network {Find(call["id"]).Name}"));
    }

    private Task ListAsync(Call call)
    {
        FilterSet filters = call.Filters("dangling", "driver", "id", "label", "name", "scope", "type");
        if (filters["type"].FirstOrDefault(type => type is not ("builtin" or "custom")) is { } other) throw ApiException.BadRequest($"Invalid filter: 'type'='{other}'");
        bool Matches((string Name, string Driver) network) => filters.Exact("driver", network.Driver) && filters.Prefix("id", networks.Id(network.Name)) && filters.Pattern("name", network.Name)
            && filters.Exact("scope", "local") && filters.Exact("type", "builtin") && !filters.Has("label") && filters.Flag("dangling") != true;
        return call.WriteAsync(BuiltInNetworks.All.Where(Matches).Select(network => networks.Resource(network.Name, network.Driver, withContainers: false)).ToArray(), Docker.DockerJson.Default.NetworkResourceArray);
    }

    private Task InspectAsync(Call call)
    {
        (string name, string driver) = Find(call["id"]);
        return call.WriteAsync(networks.Resource(name, driver, withContainers: true), Docker.DockerJson.Default.NetworkResource);
    }

    private static async Task CreateAsync(Call call)
    {
        Docker.NetworkCreateRequest request = await call.ReadAsync(Docker.DockerJson.Default.NetworkCreateRequest).ConfigureAwait(false);
        if (request.Name.Length == 0) throw ApiException.BadRequest("network name cannot be empty");
        if (BuiltInNetworks.All.Any(network => network.Name == request.Name)) throw new ApiException(403, $"operation is not permitted on predefined {request.Name} network ");
        throw ApiException.NotImplemented($"create network {request.Name}: this engine has no networks yet but none and host");
    }

    private (string Name, string Driver) Find(string nameOrId)
    {
        foreach ((string name, string driver) in BuiltInNetworks.All)
            if (name == nameOrId || nameOrId.Length >= 4 && networks.Id(name).StartsWith(nameOrId, StringComparison.Ordinal)) return (name, driver);
        throw ApiException.NotFound($"network {nameOrId} not found");
    }
}
