using Keelson.DockerApi.Connections;
using Microsoft.AspNetCore.Connections;

namespace Keelson.DockerApi;

/// <summary>What a host needs to serve the API besides <see cref="DockerApiServer.HandleAsync"/>.</summary>
public static class DockerApiHosting
{
    /// <summary>Stands between the socket and HTTP/1.1 and lets operations take connections over.</summary>
    public static ConnectionDelegate AroundHttp(ConnectionDelegate next) => connection => HijackableConnection.ServeAsync(connection, next);
}
