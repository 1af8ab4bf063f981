using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Keelson.Api.Tests;

/// <summary>A receiver of traces: OTLP 1 over HTTP with JSON, read by the specification and not by our code.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly StandInServer server;
    private readonly ConcurrentQueue<(string Path, string? Header, string Body)> requests = new();

    public OtlpReceiver() => server = new(AnswerAsync);

    /// <summary>What <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set to.</summary>
    public string Endpoint => server.Address.TrimEnd('/');

    /// <summary>What it answers with from now on.</summary>
    public int Status { get; set; } = 200;

    public IReadOnlyCollection<(string Path, string? Header, string Body)> Requests => requests;

    /// <summary>All activities so far.</summary>
    public IReadOnlyList<Span> Spans => [.. requests.SelectMany(request => Read(request.Body))];

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using StreamReader reader = new(context.Request.InputStream);
        string body = await reader.ReadToEndAsync();
        requests.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["x-test"], body));
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        await context.Response.OutputStream.WriteAsync("{}"u8.ToArray());
        context.Response.Close();
    }

    private static List<Span> Read(string body)
    {
        List<Span> spans = [];
        foreach (JsonElement resource in JsonDocument.Parse(body).RootElement.GetProperty("resourceSpans").EnumerateArray())
        {
            Dictionary<string, string> owner = Attributes(resource.GetProperty("resource"));
            foreach (JsonElement scope in resource.GetProperty("scopeSpans").EnumerateArray())
                foreach (JsonElement span in scope.GetProperty("spans").EnumerateArray())
                    spans.Add(new(span.GetProperty("name").GetString()!, span.GetProperty("traceId").GetString()!, span.GetProperty("spanId").GetString()!,
                        span.TryGetProperty("parentSpanId", out JsonElement parent) ? parent.GetString()! : "", span.GetProperty("kind").GetInt32(),
                        long.Parse(span.GetProperty("endTimeUnixNano").GetString()!, System.Globalization.CultureInfo.InvariantCulture) - long.Parse(span.GetProperty("startTimeUnixNano").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
                        span.TryGetProperty("status", out JsonElement status) ? status.GetProperty("code").GetInt32() : 0, Attributes(span), owner));
        }
        return spans;
    }

    private static Dictionary<string, string> Attributes(JsonElement of) => of.GetProperty("attributes").EnumerateArray()
        .ToDictionary(attribute => attribute.GetProperty("key").GetString()!, attribute => attribute.GetProperty("value").EnumerateObject().Single().Value.GetString()!);

    /// <summary>One activity.</summary>
    public sealed record Span(string Name, string Trace, string Id, string Parent, int Kind, long Nanoseconds, int Status, IReadOnlyDictionary<string, string> Attributes, IReadOnlyDictionary<string, string> Resource);
}
