using System.Diagnostics;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Builds;
using Keelson.DockerApi.Containers;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.DockerApi.Networks;
using Keelson.DockerApi.Server;
using Keelson.DockerApi.Volumes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Keelson.DockerApi;

/// <summary>Answers requests of the Docker Engine API v1.41.</summary>
public sealed class DockerApiServer
{
    private readonly RouteTable routes = new();
    private readonly DockerApiServices services;
    private readonly DockerApiAccess access;
    private readonly SocketGate gate;
    private readonly ILogger logger;
    private readonly CancellationToken stop;

    /// <summary>Makes a server on some services.</summary>
    /// <param name="services">The services, which stay the caller's.</param>
    /// <param name="logger">Hears of faults of the daemon.</param>
    /// <param name="access">Who may do what; <see langword="null"/>: everybody everything.</param>
    /// <param name="stop">Ends calls that wait when the daemon stops.</param>
    public DockerApiServer(DockerApiServices services, ILogger logger, DockerApiAccess? access = null, CancellationToken stop = default) : this(services, logger, access, hasTerminals: false, stop)
    {
    }

    /// <summary>Makes one that has, where <paramref name="hasTerminals"/> says so, what pages need besides docker's operations.</summary>
    internal DockerApiServer(DockerApiServices services, ILogger logger, DockerApiAccess? access, bool hasTerminals, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(services);
        this.access = access ??= new(new SocketRights(""));
        gate = new(access.Rights);
        if (access.Rights.IsLimited) services = services with { Containers = new ScopedContainers(services.Containers, access.Rights) };
        this.services = services;
        this.logger = logger;
        this.stop = stop;
        EventOperations events = new(services);
        events.Add(routes);
        new SystemOperations(services, events).Add(routes);
        new ContainerOperations(services).Add(routes);
        new ContainerStateOperations(services).Add(routes);
        new ContainerStreamOperations(services, stop).Add(routes);
        new ContainerArchiveOperations(services).Add(routes);
        ExecOperations execs = new(services, stop);
        execs.Add(routes);
        if (hasTerminals) execs.AddTerminals(routes);
        new ImageOperations(services).Add(routes);
        new ImageTransferOperations(services).Add(routes);
        new VolumeOperations(services).Add(routes);
        new NetworkOperations(services).Add(routes);
        new BuildOperations(services).Add(routes);
        AbsentOperations.Add(routes);
    }

    /// <summary>Names of all operations, as classes and rights know them.</summary>
    internal IEnumerable<string> Operations => routes.Names;

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        AuditEntry? entry = access.Audit is null ? null : new(access.Audit, access.Rights.Socket, services, http);
        try
        {
            await AnswerAsync(http, entry).ConfigureAwait(false);
        }
        finally
        {
            entry?.End();
        }
    }

    private async Task AnswerAsync(HttpContext http, AuditEntry? entry)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stop);
        using Activity? activity = StartActivity(http.Request);
        try
        {
            await DispatchAsync(http, entry, cancel.Token).ConfigureAwait(false);
            activity?.SetTag("http.response.status_code", http.Response.StatusCode);
        }
        catch (Exception e) when (cancel.IsCancellationRequested && (e is OperationCanceledException or IOException || ErrorTable.Of(e) is null))
        {
            // The client went, or the daemon stops: nobody reads an answer.
            http.Abort();
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            await FailAsync(http, e).ConfigureAwait(false);
        }
    }

    /// <summary>An activity of the request, a child of the one that its header <c>traceparent</c> names. OpenTelemetry semantic conventions for HTTP servers.</summary>
    private static Activity? StartActivity(HttpRequest request)
    {
        if (!Tracing.Source.HasListeners()) return null;
        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext parent);
        return Tracing.Source.StartActivity(request.Method, ActivityKind.Server, parent)?.SetTag("http.request.method", request.Method).SetTag("url.path", request.Path.Value);
    }

    private Task DispatchAsync(HttpContext http, AuditEntry? entry, CancellationToken cancel)
    {
        SetHeaders(http.Response.Headers);
        // Kestrel decodes all of a path but slashes.
        string whole = (http.Request.Path.Value ?? "/").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        ReadOnlySpan<char> path = whole;
        ApiVersion version = ApiVersion.Take(ref path);
        RouteTable.Route route = routes.Find(http.Request.Method, path, out IReadOnlyList<KeyValuePair<string, string>> values) ?? throw ApiException.NotFound("page not found");
        entry?.Begin(route.Name, values);
        gate.Check(route.Name);
        Call call = new(http, version, values, cancel);
        return access.Plugins is { } plugins ? plugins.RunAsync(call, whole, route.Operation) : route.Operation(call);
    }

    private void SetHeaders(IHeaderDictionary headers)
    {
        headers["Api-Version"] = ApiVersion.Newest.ToString();
        headers["Docker-Experimental"] = "false";
        headers["Ostype"] = "linux";
        headers.Server = $"Docker/{services.Info.Version} (linux)";
    }

    private async Task FailAsync(HttpContext http, Exception error)
    {
        (int status, string message) = ErrorTable.Of(error) ?? (500, error.Message);
        if (ErrorTable.Of(error) is null) logger.Failed(http.Request.Method, http.Request.Path.Value, error);
        // Whoever took the connection over has ended it; bytes of HTTP must not get into its stream.
        if (http.RequestAborted.IsCancellationRequested) return;
        if (http.Response.HasStarted)
        {
            // The client must see that the answer is not whole.
            http.Abort();
            return;
        }
        // Nothing of what the operation would have told stays in the headers.
        http.Response.Headers.Clear();
        SetHeaders(http.Response.Headers);
        await new Call(http, ApiVersion.Newest, [], http.RequestAborted).WriteAsync(new Docker.ErrorResponse { Message = message }, Docker.DockerJson.Default.ErrorResponse, status).ConfigureAwait(false);
    }
}
