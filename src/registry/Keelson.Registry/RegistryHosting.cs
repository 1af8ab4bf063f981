using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Keelson.Registry;

/// <summary>A registry in an ASP.NET Core application.</summary>
public static class RegistryHosting
{
    /// <summary>Serves a registry at <c>/v2/</c>. Limits of the application on the size of a request are the application's to lift: a layer is as long as it is.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="registry">The registry, which stays the caller's.</param>
    public static IEndpointConventionBuilder MapKeelsonRegistry(this IEndpointRouteBuilder routes, RegistryServer registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return routes.Map("/v2/{**path}", registry.HandleAsync);
    }

    /// <summary>Serves the same registry's API for people and pages at <c>/keelson/v1/</c>, and at <c>/</c> and <c>/keelson/</c> the page that uses it. Who may do what is as at <c>/v2/</c>.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="registry">The registry, which stays the caller's.</param>
    public static IEndpointConventionBuilder MapKeelsonRegistryBrowse(this IEndpointRouteBuilder routes, RegistryServer registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        routes.Map("/", registry.HandleBrowseAsync);
        return routes.Map("/keelson/{**path}", registry.HandleBrowseAsync);
    }
}
