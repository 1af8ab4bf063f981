using System.Net;
using Keelson.DockerApi.Http;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Dashboard;

/// <summary>Stands before the dashboard: who asks must have come to a name of this machine itself, from a page of the dashboard, and have been let in.</summary>
/// <param name="token">What lets a browser in.</param>
/// <param name="port">The port of the socket: browsers keep cookies of all ports together.</param>
internal sealed class DashboardGate(DashboardToken token, int port)
{
    /// <summary>Where a page says the key.</summary>
    public const string KeyHeader = "X-Keelson-Key";

    /// <summary>What the protocol of a websocket begins with that is the key: a page can give its handshake no other header.</summary>
    public const string KeyProtocol = "key.";

    /// <summary>Name of the cookie.</summary>
    public string CookieName { get; } = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"keelson-dashboard-{port}");

    /// <summary>Whether the request was sent to a name that can mean nothing but the machine itself, and by a page of the same name and port, if by any.</summary>
    /// <remarks>A site can have its own name mean 127.0.0.1 (DNS rebinding). Pages of other sites can send requests; with all but plain reading a browser says which page it was.</remarks>
    public static bool IsOwn(HttpRequest request)
    {
        if (!IsLoopback(request.Host.Host)) return false;
        string origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return IsReading(request);
        return origin.Equals("http://" + request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the request has the cookie.</summary>
    public bool HasCookie(HttpRequest request) => token.IsCookie(request.Cookies[CookieName]);

    /// <summary>Whether the request has the key.</summary>
    public bool HasKey(HttpRequest request) => token.IsKey(request.Headers[KeyHeader]) || Protocols(request).Any(protocol => protocol.StartsWith(KeyProtocol, StringComparison.Ordinal) && token.IsKey(protocol[KeyProtocol.Length..]));

    /// <summary>Takes what lets browsers in off a request, and says in its place who it is: neither plug-ins nor logs need to see secrets.</summary>
    public static void Strip(HttpContext http)
    {
        IHeaderDictionary headers = http.Request.Headers;
        string[] others = [.. Protocols(http.Request).Where(protocol => !protocol.StartsWith(KeyProtocol, StringComparison.Ordinal))];
        headers.SecWebSocketProtocol = others.Length > 0 ? string.Join(", ", others) : default;
        headers.Cookie = default;
        headers.Remove(KeyHeader);
        http.Features.Set(Caller.Of(http) with { Name = "dashboard" });
    }

    private static bool IsReading(HttpRequest request) => (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) && request.Headers.Upgrade.Count == 0;

    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address);

    private static string[] Protocols(HttpRequest request) => request.Headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
