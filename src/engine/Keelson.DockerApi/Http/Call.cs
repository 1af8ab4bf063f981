using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Filters;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Http;

/// <summary>A request on its way through an operation, and its answer.</summary>
internal sealed class Call(HttpContext http, ApiVersion version, IReadOnlyList<KeyValuePair<string, string>> values, CancellationToken cancel)
{
    /// <summary>Longest JSON document that is taken, in bytes: a container with thousands of variables and labels takes some hundred KiB.</summary>
    private const int JsonLimitBytes = 4 << 20;

    /// <summary>The framework's own view.</summary>
    public HttpContext Http => http;

    /// <summary>The version that the client speaks.</summary>
    public ApiVersion Version => version;

    /// <summary>Cancelled when the client goes or the daemon stops.</summary>
    public CancellationToken Cancel => cancel;

    /// <summary>Parameters behind the question mark.</summary>
    public QueryValues Query => new(http.Request.Query);

    /// <summary>Parameter <c>filters</c>.</summary>
    /// <param name="known">The names that this operation knows.</param>
    /// <exception cref="ApiException">400: it is malformed, or a name is unknown.</exception>
    public FilterSet Filters(params ReadOnlySpan<string> known) => FilterSet.Parse(Query["filters"], known);

    /// <summary>What stands in the path for a name.</summary>
    public string this[string name] => values.First(value => value.Key == name).Value;

    /// <summary>Whether the request may have a body.</summary>
    public bool HasBody => http.Request.ContentLength is > 0 || http.Request.ContentLength is null && http.Request.Headers.TransferEncoding.Count > 0;

    /// <summary>Whether the request says that its body is JSON: no other body is read as such.</summary>
    public bool HasJson => (http.Request.ContentType ?? "").Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>What the audit log is told of the operation besides the request.</summary>
    public AuditNote Note => http.Features.Get<AuditNote>() ?? AuditNote.Of(http);

    /// <summary>Reads the body as JSON.</summary>
    /// <exception cref="ApiException">400: it has another type, is malformed or empty. 413: it is too long.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadJsonAsync()
    {
        string type = http.Request.ContentType ?? "";
        if ((type.Length > 0 || HasBody) && !HasJson)
            throw ApiException.BadRequest($"Content-Type specified ({type}) must be 'application/json'");
        using MemoryStream buffer = new();
        byte[] chunk = new byte[16 << 10];
        for (int read; (read = await http.Request.Body.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > JsonLimitBytes) throw new ApiException(413, $"the request is longer than {JsonLimitBytes} bytes");
            buffer.Write(chunk, 0, read);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>Reads the body as a message.</summary>
    /// <inheritdoc cref="ReadJsonAsync()" path="/exception"/>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type) where T : class => Parse((await ReadJsonAsync().ConfigureAwait(false)).Span, type);

    /// <summary>Reads a message.</summary>
    /// <exception cref="ApiException">400: it is malformed.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type) where T : class
    {
        if (utf8.IsEmpty) throw ApiException.BadRequest("invalid JSON: EOF");
        try
        {
            CheckLists(utf8);
            return JsonSerializer.Deserialize(utf8, type) ?? throw ApiException.BadRequest("invalid JSON: null");
        }
        catch (JsonException e)
        {
            throw new ApiException(400, "invalid JSON: " + e.Message, e);
        }
    }

    /// <summary>No list of a client has a gap; nobody who goes through one has to look for it.</summary>
    private static void CheckLists(ReadOnlySpan<byte> utf8)
    {
        Utf8JsonReader reader = new(utf8);
        // One bit for each level, of which there are 64 at most: whether it is a list.
        ulong lists = 0;
        while (reader.Read())
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray: lists = lists << 1 | 1; break;
                case JsonTokenType.StartObject: lists <<= 1; break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject: lists >>= 1; break;
                case JsonTokenType.Null when (lists & 1) != 0: throw ApiException.BadRequest("invalid JSON: null in a list");
            }
    }

    /// <summary>Answers with a message.</summary>
    public Task WriteAsync<T>(T message, JsonTypeInfo<T> type, int status = 200) => WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, type), status);

    /// <summary>Answers with JSON, and a line feed behind it, as Go's encoder.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> json, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.Length + 1;
        await http.Response.Body.WriteAsync(json, cancel).ConfigureAwait(false);
        await http.Response.Body.WriteAsync("\n"u8.ToArray(), cancel).ConfigureAwait(false);
    }

    /// <summary>Begins an answer with JSON that may be long.</summary>
    public LongAnswer BeginLong()
    {
        http.Response.ContentType = "application/json";
        return new(http.Response, cancel);
    }

    /// <summary>Answers with a status alone.</summary>
    public Task StatusAsync(int status)
    {
        http.Response.StatusCode = status;
        if (status is not (204 or 304)) http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Begins an answer whose length is not known.</summary>
    /// <param name="type">Its media type; <see langword="null"/> for none.</param>
    /// <returns>Where it is written; each <see cref="Stream.FlushAsync(CancellationToken)"/> sends a chunk.</returns>
    public async Task<Stream> StreamAsync(string? type)
    {
        if (type is not null) http.Response.ContentType = type;
        // The caller sees that it began before anything comes.
        await http.Response.StartAsync(cancel).ConfigureAwait(false);
        await http.Response.Body.FlushAsync(cancel).ConfigureAwait(false);
        return http.Response.Body;
    }
}
