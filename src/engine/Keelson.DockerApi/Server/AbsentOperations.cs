using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Server;

/// <summary>Parts of the API that this engine does not have: it answers as an engine that is not in a swarm and has no plug-ins.</summary>
internal static class AbsentOperations
{
    private const string NotManager = "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node to swarm and try again.";

    /// <summary>Adds them to a table.</summary>
    public static void Add(RouteTable routes)
    {
        routes.Add("POST", "/swarm/init", _ => throw ApiException.NotImplemented("this engine does not form swarms"));
        routes.Add("POST", "/swarm/join", _ => throw ApiException.NotImplemented("this engine does not join swarms"));
        routes.Add("POST", "/swarm/leave", _ => throw new ApiException(503, "This node is not part of a swarm"));
        foreach (string group in (ReadOnlySpan<string>)["swarm", "nodes", "services", "tasks", "secrets", "configs"])
        {
            routes.Add("*", $"/{group}", _ => throw new ApiException(503, NotManager));
            routes.Add("*", $"/{group}/{{rest*}}", _ => throw new ApiException(503, NotManager));
        }
        routes.Add("GET", "/plugins", call => call.WriteAsync("[]"u8.ToArray()));
        routes.Add("GET", "/plugins/{name*}/json", call => throw ApiException.NotFound($"plugin \"{call["name"]}\" not found"));
        routes.Add("*", "/plugins/{rest*}", _ => throw ApiException.NotImplemented("this engine has no plug-ins"));
        routes.Add("POST", "/session", _ => throw ApiException.NotImplemented("this engine has no BuildKit sessions"));
    }
}
