using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Health;

/// <summary>Answers with what is wrong: 200 and <c>{}</c> when nothing is, 503 and the problems by name otherwise, as distribution's <c>/debug/health</c>.</summary>
public static class HealthEndpoint
{
    /// <summary>Answers one request.</summary>
    public static async Task HandleAsync(HttpContext http, IReadOnlyDictionary<string, string> problems)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(problems);
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            foreach ((string name, string problem) in problems) json.WriteString(name, problem);
            json.WriteEndObject();
        }
        http.Response.StatusCode = problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = text.WrittenCount;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(text.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }
}
