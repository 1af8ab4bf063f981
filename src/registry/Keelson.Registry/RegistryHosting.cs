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
}
