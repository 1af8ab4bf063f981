using Keelson.Registry.Http;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Browse;

/// <summary>The page to browse a registry with: three files in the library. What it shows it asks of <c>/keelson/v1/</c>, with the rights of who looks.</summary>
internal static class BrowsePage
{
    /// <summary>Nothing but the page's own files, asked of its own registry; nobody puts it into a frame of theirs.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, PageFile> Files = new(StringComparer.Ordinal)
    {
        ["/"] = PageFile.Read("index.html", "text/html; charset=utf-8"),
        ["/keelson/page.css"] = PageFile.Read("page.css", "text/css; charset=utf-8"),
        ["/keelson/page.js"] = PageFile.Read("page.js", "text/javascript; charset=utf-8"),
    };

    /// <summary>Whether a path is one of the page's.</summary>
    public static bool Has(PathString path) => Files.ContainsKey(path.Value ?? "");

    /// <summary>Answers a request for one of its files.</summary>
    /// <exception cref="RegistryFault">UNSUPPORTED: it does not only read. NOT_FOUND: there is none.</exception>
    public static async Task HandleAsync(HttpContext http)
    {
        if (!Files.TryGetValue(http.Request.Path.Value ?? "", out PageFile? file)) throw new RegistryFault(RegistryErrorCode.NotFound, "there is nothing at this address");
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method)) throw MethodFault.Of("GET, HEAD");
        HttpResponse response = http.Response;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.ETag = file.ETag;
        response.Headers.CacheControl = "no-cache";
        if (http.Request.Headers.IfNoneMatch == file.ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = file.MediaType;
        response.ContentLength = file.Content.Length;
        if (HttpMethods.IsGet(http.Request.Method)) await response.BodyWriter.WriteAsync(file.Content, http.RequestAborted).ConfigureAwait(false);
    }
}
