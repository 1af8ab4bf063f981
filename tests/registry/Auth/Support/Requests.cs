using System.Text;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Requests as the authorizers see them, and needs.</summary>
internal static class Requests
{
    public static readonly AccessRequest[] Probe = [new("", RegistryAction.Probe)], Catalog = [new("", RegistryAction.Catalog)];

    public static AccessRequest[] Pull(string repository) => [new(repository, RegistryAction.Pull)];

    public static AccessRequest[] Push(string repository) => [new(repository, RegistryAction.Push)];

    public static AccessRequest[] Overwrite(string repository) => [new(repository, RegistryAction.Push), new(repository, RegistryAction.Overwrite)];

    public static AccessRequest[] Delete(string repository) => [new(repository, RegistryAction.Delete)];

    public static HttpContext Plain() => new DefaultHttpContext();

    public static HttpContext With(string authorization)
    {
        DefaultHttpContext http = new();
        http.Request.Headers.Authorization = authorization;
        return http;
    }

    public static HttpContext Basic(string user, string password) => With("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)));

    public static HttpContext Bearer(string token) => With("Bearer " + token);
}
