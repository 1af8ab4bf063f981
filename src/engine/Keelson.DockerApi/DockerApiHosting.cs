using Keelson.DockerApi.Connections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Keelson.DockerApi;

/// <summary>Puts the API into a host.</summary>
public static class DockerApiHosting
{
    /// <summary>Makes an endpoint speak HTTP/1.1 on connections that operations can take over.</summary>
    public static void UseDockerApi(this ListenOptions endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        endpoint.Protocols = HttpProtocols.Http1;
        endpoint.Use(next => connection => HijackableConnection.ServeAsync(connection, next));
    }

    /// <summary>Answers what comes by HTTP/1, and passes on what comes by HTTP/2, which is for the gRPC services.</summary>
    public static void UseDockerApi(this IApplicationBuilder application, DockerApiServer server) =>
        application.Use(next => http => HttpProtocol.IsHttp2(http.Request.Protocol) ? next(http) : server.HandleAsync(http));
}
