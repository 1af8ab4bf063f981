using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Http;

/// <summary>A request as an activity, for OpenTelemetry. Where nobody listens none is made. W3C Trace Context; OpenTelemetry's conventions for HTTP.</summary>
internal static class RequestActivity
{
    /// <summary>Begins one.</summary>
    public static Activity? Start(HttpContext http, RegistryPath path)
    {
        if (!Tracing.Source.HasListeners()) return null;
        HttpRequest request = http.Request;
        ActivityContext.TryParse(request.Headers.TraceParent.ToString(), request.Headers.TraceState.ToString(), isRemote: true, out ActivityContext parent);
        Activity? activity = Tracing.Source.StartActivity($"{request.Method} registry {path.Endpoint}", ActivityKind.Server, parent);
        activity?.SetTag("http.request.method", request.Method).SetTag("url.path", request.Path.Value);
        if (path.Name is { Length: > 0 }) activity?.SetTag("keelson.repository", path.Name).SetTag("keelson.reference", path.Reference);
        return activity;
    }

    /// <summary>Notes how it ended.</summary>
    public static void End(Activity? activity, int status)
    {
        activity?.SetTag("http.response.status_code", status);
        if (status >= 500) activity?.SetStatus(ActivityStatusCode.Error);
    }
}
