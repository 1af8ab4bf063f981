using Keelson.Registry;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon.Registry;

/// <summary>What a registry's socket answers: the registry below its prefix, with the headers that the configuration wants.</summary>
internal sealed class RegistryFront(HttpConfig config, RegistryServer registry, TokenServer? tokens, bool servesBrowse)
{
    private readonly PathString prefix = new(config.Prefix.Length == 0 ? null : config.Prefix);

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        foreach ((string name, string value) in config.Headers) http.Response.Headers.Append(name, value);
        if (!prefix.HasValue) return RouteAsync(http);
        if (!http.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal, out PathString rest))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        (http.Request.PathBase, http.Request.Path) = (prefix, rest);
        return RouteAsync(http);
    }

    private Task RouteAsync(HttpContext http)
    {
        if (servesBrowse && RegistryServer.IsBrowse(http.Request)) return registry.HandleBrowseAsync(http);
        return http.Request.Path.Value is TokenServer.TokenPath or TokenServer.KeySetPath && tokens is not null ? tokens.HandleAsync(http) : registry.HandleAsync(http);
    }
}
