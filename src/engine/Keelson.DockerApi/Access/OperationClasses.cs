using System.Collections.Frozen;

namespace Keelson.DockerApi.Access;

/// <summary>The class of each operation. One that is not here has none, and no limited socket serves it.</summary>
internal static class OperationClasses
{
    private static readonly FrozenDictionary<string, OperationClass> Known = Pairs().ToFrozenDictionary();

    /// <summary>The class of an operation; <see langword="null"/>: nobody has said.</summary>
    /// <param name="name">Its name in the table of routes: <c>GET /containers/{id}/json</c>.</param>
    public static OperationClass? Of(string name) => Known.TryGetValue(name, out OperationClass found) ? found : null;

    private static IEnumerable<KeyValuePair<string, OperationClass>> Pairs() =>
    [
        .. As(OperationClass.Read,
            "GET /_ping", "HEAD /_ping", "GET /version", "GET /info", "GET /events", "GET /system/df", "GET /debug/networks",
            "GET /containers/json", "GET /containers/{id}/json", "GET /containers/{id}/top", "GET /containers/{id}/changes", "GET /containers/{id}/stats",
            "GET /exec/{id}/json",
            "GET /images/json", "GET /images/search", "GET /images/{name*}/json", "GET /images/{name*}/history",
            "GET /volumes", "GET /volumes/{name*}", "GET /networks", "GET /networks/{id}",
            "GET /plugins", "GET /plugins/{name*}/json"),
        .. As(OperationClass.Content,
            "GET /containers/{id}/logs", "HEAD /containers/{id}/archive", "GET /containers/{id}/archive", "GET /containers/{id}/export",
            "GET /images/get", "GET /images/{name*}/get"),
        .. As(OperationClass.Containers,
            "POST /containers/create", "POST /containers/prune", "POST /containers/{id}/rename", "POST /containers/{id}/update", "DELETE /containers/{id}",
            "POST /containers/{id}/start", "POST /containers/{id}/stop", "POST /containers/{id}/restart", "POST /containers/{id}/kill",
            "POST /containers/{id}/pause", "POST /containers/{id}/unpause", "POST /containers/{id}/resize", "POST /containers/{id}/wait",
            // It writes input, whatever its method.
            "POST /containers/{id}/attach", "GET /containers/{id}/attach/ws", "PUT /containers/{id}/archive",
            "POST /containers/{id}/exec", "POST /exec/{id}/start", "GET /dashboard/exec/{id}/ws", "POST /exec/{id}/resize"),
        .. As(OperationClass.Engine,
            "POST /auth", "GET /distribution/{name*}/json", "POST /commit",
            "POST /images/create", "POST /images/load", "POST /images/prune", "POST /images/{name*}/push", "POST /images/{name*}/tag", "DELETE /images/{name*}",
            "POST /volumes/create", "POST /volumes/prune", "DELETE /volumes/{name*}",
            "POST /networks/create", "POST /networks/prune", "DELETE /networks/{id}", "POST /networks/{id}/connect", "POST /networks/{id}/disconnect",
            "POST /build", "POST /build/prune", "POST /build/cancel", "POST /session", "* /plugins/{rest*}",
            "POST /swarm/init", "POST /swarm/join", "POST /swarm/leave",
            "* /swarm", "* /swarm/{rest*}", "* /nodes", "* /nodes/{rest*}", "* /services", "* /services/{rest*}",
            "* /tasks", "* /tasks/{rest*}", "* /secrets", "* /secrets/{rest*}", "* /configs", "* /configs/{rest*}"),
    ];

    private static IEnumerable<KeyValuePair<string, OperationClass>> As(OperationClass kind, params IReadOnlyList<string> names) => names.Select(name => KeyValuePair.Create(name, kind));
}
