using Microsoft.AspNetCore.Http;

namespace Keelson.Hosting.Metrics;

/// <summary>Answers scrapes over HTTP.</summary>
public static class MetricsEndpoint
{
    /// <summary>Answers one request.</summary>
    /// <param name="http">It, for any path.</param>
    /// <param name="scrape">Puts the text together.</param>
    public static async Task HandleAsync(HttpContext http, Func<MetricsFormat, CancellationToken, Task<byte[]>> scrape)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(scrape);
        HttpResponse response = http.Response;
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }
        MetricsFormat format = MetricsFormats.Choose(http.Request.Headers.Accept);
        byte[] text = await scrape(format, http.RequestAborted).ConfigureAwait(false);
        response.ContentType = format.ContentType;
        response.Headers.Vary = "Accept";
        response.ContentLength = text.Length;
        if (HttpMethods.IsGet(http.Request.Method)) await response.Body.WriteAsync(text, http.RequestAborted).ConfigureAwait(false);
    }
}
