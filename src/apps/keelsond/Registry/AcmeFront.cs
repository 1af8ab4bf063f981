using System.Text;
using Keelson.Acme.Challenges;
using Microsoft.AspNetCore.Http;

namespace Keelson.Daemon.Registry;

/// <summary>Answers authorities at port 80, and nobody else. RFC 8555 section 8.3.</summary>
internal sealed class AcmeFront(HttpChallenges challenges)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        string? answer = HttpMethods.IsGet(http.Request.Method) ? challenges.Find(http.Request.Path.Value) : null;
        if (answer is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        byte[] bytes = Encoding.ASCII.GetBytes(answer);
        http.Response.ContentType = "application/octet-stream";
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }
}
