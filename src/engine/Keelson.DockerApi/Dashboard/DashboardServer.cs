using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.DockerApi.Dashboard;

/// <summary>Serves a page that shows the engine, and to that page docker's operations and terminals.</summary>
/// <remarks>
/// <code>
///   request ─► own name, own page?  no  ─► 403
///              /?token=…            yes ─► cookie, and on to /#key
///              cookie?              no  ─► 401
///              a file of the page   yes ─► the file
///              key?                 no  ─► 401
///              /dashboard/rights        ─► what the page may do
///              /v1.41/…, /dashboard/exec/ID/ws  ─► DockerApiServer: rights, plug-ins, audit as of every socket
/// </code>
/// </remarks>
public sealed class DashboardServer
{
    /// <summary>What the page is to plug-ins, in the audit log and in refusals.</summary>
    public const string Name = "dashboard";

    /// <summary>Nothing but the page's own files, and its own server; nobody puts it into a frame of theirs.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private readonly Dictionary<string, DashboardFile> files = DashboardFile.ReadAll();
    private readonly DashboardToken token;
    private readonly DashboardGate gate;
    private readonly DashboardRights rights;
    private readonly DockerApiServer api;

    /// <summary>Makes a server on some services.</summary>
    /// <param name="services">The services, which stay the caller's.</param>
    /// <param name="logger">Hears of faults of the daemon.</param>
    /// <param name="access">Who may do what.</param>
    /// <param name="token">What lets a browser in.</param>
    /// <param name="port">The port that the server is at.</param>
    /// <param name="stop">Ends calls that wait when the daemon stops.</param>
    public DashboardServer(DockerApiServices services, ILogger logger, DockerApiAccess access, DashboardToken token, int port, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(access);
        this.token = token;
        gate = new(token, port);
        rights = DashboardRights.Of(access.Rights);
        api = new(services, logger, access with { Rights = access.Rights with { Socket = Name } }, hasTerminals: true, stop);
    }

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.OnStarting(SetHeaders, http.Response.Headers);
        HttpRequest request = http.Request;
        string path = request.Path.Value ?? "/";
        if (!DashboardGate.IsOwn(request)) return Status(http, StatusCodes.Status403Forbidden);
        if (path == "/" && request.Query.TryGetValue("token", out var shown)) return Enter(http, shown);
        if (!gate.HasCookie(request)) return Status(http, StatusCodes.Status401Unauthorized);
        if (files.TryGetValue(path, out DashboardFile? file)) return SendAsync(http, file.MediaType, file.Content);
        if (!gate.HasKey(request)) return Status(http, StatusCodes.Status401Unauthorized);
        if (path == "/dashboard/rights") return SendAsync(http, "application/json", JsonSerializer.SerializeToUtf8Bytes(rights, DashboardJson.Default.DashboardRights));
        if (!path.StartsWith("/v1.", StringComparison.Ordinal) && !path.StartsWith("/dashboard/exec/", StringComparison.Ordinal)) return Status(http, StatusCodes.Status404NotFound);
        DashboardGate.Strip(http);
        return api.HandleAsync(http);
    }

    /// <summary>Lets a browser in and has it forget the address with the token.</summary>
    private Task Enter(HttpContext http, string? shown)
    {
        if (!token.IsToken(shown)) return Status(http, StatusCodes.Status401Unauthorized);
        http.Response.Cookies.Append(gate.CookieName, token.Cookie, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
        http.Response.Headers.Location = "/#" + token.Key;
        return Status(http, StatusCodes.Status303SeeOther);
    }

    private static Task SendAsync(HttpContext http, string type, ReadOnlyMemory<byte> content)
    {
        if (!HttpMethods.IsGet(http.Request.Method)) return Status(http, StatusCodes.Status405MethodNotAllowed);
        http.Response.ContentType = type;
        http.Response.ContentLength = content.Length;
        return http.Response.Body.WriteAsync(content, http.RequestAborted).AsTask();
    }

    private static Task Status(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static Task SetHeaders(object state)
    {
        IHeaderDictionary headers = (IHeaderDictionary)state;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return Task.CompletedTask;
    }
}
