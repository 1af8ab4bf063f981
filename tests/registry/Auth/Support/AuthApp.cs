using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Keelson.Hosting;
using Keelson.Registry.Auth;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keelson.Registry.Tests.Auth;

/// <summary>A server on the loopback interface that asks an authorizer, and a token server, as a registry does; it stores nothing.</summary>
internal sealed class AuthApp : IAsyncDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SocketServer server = new(NullLoggerFactory.Instance);
    private readonly ConcurrentQueue<string> requests = new();

    private AuthApp()
    {
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        server.Listen((int)socket.Handle, HttpProtocols.Http1, HandleAsync);
    }

    /// <summary>Decides over what is below <c>/v2/</c>.</summary>
    public IRegistryAuthorizer? Authorizer { get; set; }

    /// <summary>Answers the rest.</summary>
    public TokenServer? Tokens { get; set; }

    public string Name => socket.LocalEndPoint!.ToString()!;

    public string Url => "http://" + Name;

    /// <summary>A line for each request, with the answer's status.</summary>
    public IReadOnlyCollection<string> Requests => requests;

    public static async Task<AuthApp> StartAsync()
    {
        AuthApp app = new();
        await app.server.StartAsync();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(TimeSpan.FromSeconds(5));
        await server.DisposeAsync();
        socket.Dispose();
    }

    /// <summary>What a request needs, as a registry finds it out.</summary>
    public static IReadOnlyList<AccessRequest> Needs(HttpRequest request)
    {
        string path = request.Path.Value!;
        if (path == "/v2/") return [new("", RegistryAction.Probe)];
        if (path == "/v2/_catalog") return [new("", RegistryAction.Catalog)];
        string[] parts = path["/v2/".Length..].Split('/');
        string repository = string.Join('/', parts[..^2]);
        if (parts[^1].Length == 0) repository = string.Join('/', parts[..^3]);
        RegistryAction action = request.Method switch { "GET" or "HEAD" => RegistryAction.Pull, "DELETE" => RegistryAction.Delete, _ => RegistryAction.Push };
        List<AccessRequest> needs = [new(repository, action)];
        if (request.Query["from"] is [{ } from]) needs.Add(new(from, RegistryAction.Pull));
        if (request.Method == "PUT" && parts[^1] == "latest") needs.Add(new(repository, RegistryAction.Overwrite));
        return needs;
    }

    private async Task HandleAsync(HttpContext http)
    {
        try
        {
            if (!http.Request.Path.StartsWithSegments("/v2", StringComparison.Ordinal)) await Tokens!.HandleAsync(http);
            else
            {
                AccessDecision decision = await Authorizer!.DecideAsync(http, Needs(http.Request), http.RequestAborted);
                http.Response.StatusCode = decision.IsAllowed ? 200 : decision.Challenge is null ? 403 : 401;
                http.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
                if (decision.Challenge is { } challenge) http.Response.Headers.WWWAuthenticate = challenge;
                await http.Response.WriteAsync(decision.IsAllowed ? $$"""{"identity":"{{decision.Identity}}"}""" : $$"""{"errors":[{"code":"DENIED","message":"{{decision.Reason}}"}]}""");
            }
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unavailable)
        {
            http.Response.StatusCode = 503;
            await http.Response.WriteAsync(e.Message);
        }
        requests.Enqueue($"{http.Request.Method} {http.Request.Path} {http.Response.StatusCode}");
    }
}
