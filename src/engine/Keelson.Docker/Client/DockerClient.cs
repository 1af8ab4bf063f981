using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keelson.Docker.Http;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Docker;

/// <summary>A client of the Docker Engine API v1.41 over a unix socket: keelsond, dockerd.</summary>
/// <remarks>
/// Calls block, and one thread at a time uses a client. What takes its time (streams, attached processes, waiting) gets a connection of its own, so that
/// a caller can poll several of them at once. Docker Engine API v1.41.
/// </remarks>
public sealed partial class DockerClient : IDisposable
{
    private const string DefaultVersion = "1.41";
    private readonly string prefix;
    private HttpConnection? idle;

    /// <summary>Makes a client; it connects with the first call.</summary>
    /// <param name="host">Where the engine listens.</param>
    /// <param name="version">The version of the API to be spoken; DOCKER_API_VERSION, else 1.41.</param>
    public DockerClient(DockerHost host, string? version = null)
    {
        Host = host;
        version ??= Environment.GetEnvironmentVariable("DOCKER_API_VERSION") is { Length: > 0 } asked ? asked.TrimStart('v') : DefaultVersion;
        prefix = "/v" + version;
        Version = version;
    }

    /// <summary>Where the engine listens.</summary>
    public DockerHost Host { get; }

    /// <summary>The version of the API that is spoken.</summary>
    public string Version { get; }

    /// <summary>Closes the connection that is kept for the next call.</summary>
    public void Dispose() => idle?.Dispose();

    private HttpConnection Connect()
    {
        Errno errno = Sockets.TryConnect(Host.SocketPath, out FdHandle? socket);
        if (errno == Errno.None) return new(socket!);
        ErrorKind kind = errno is Errno.ENOENT or Errno.ECONNREFUSED ? ErrorKind.Unavailable : errno.Kind();
        throw new EngineUnreachableException(Host, kind, $"connect to the engine at {Host}: {errno.Describe()}");
    }

    private HttpRequest Request(string method, Query query, byte[]? body = null) =>
        new(method, prefix + query) { Body = body, ContentType = body is null ? null : "application/json" };

    /// <summary>Sends a request on the kept connection and reads the whole answer.</summary>
    private (HttpResponse Response, byte[] Body) Call(HttpRequest request)
    {
        HttpConnection connection = idle ?? Connect();
        idle = null;
        try
        {
            HttpResponse response = connection.Exchange(request);
            byte[] body = response.Body.ReadAll();
            if (response.Body.IsComplete && !connection.IsBroken) idle = connection;
            ThrowIfError(response, body);
            return (response, body);
        }
        finally
        {
            if (idle != connection) connection.Dispose();
        }
    }

    /// <summary>Sends a request on a connection of its own; an answer that is an error is thrown, with the connection closed.</summary>
    private (HttpConnection Connection, HttpResponse Response) Open(HttpRequest request)
    {
        HttpConnection connection = Connect();
        try
        {
            HttpResponse response = connection.Exchange(request);
            if (response.IsError) ThrowIfError(response, response.Body.ReadAll());
            return (connection, response);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private ByteStream OpenStream(HttpRequest request)
    {
        (HttpConnection connection, HttpResponse response) = Open(request);
        return new(connection, response);
    }

    private UpgradedConnection Upgrade(HttpRequest request) => new(Open(request with { IsUpgrade = true }).Connection);

    private static void ThrowIfError(HttpResponse response, byte[] body)
    {
        if (!response.IsError) return;
        string message = "";
        try
        {
            message = JsonSerializer.Deserialize(body, DockerJson.Default.ErrorResponse)?.Message ?? "";
        }
        catch (JsonException)
        {
            message = System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 1024))).Trim();
        }
        throw new DockerException(response.Status, message.Length > 0 ? message : $"the engine answered with status {response.Status}");
    }

    private byte[] GetRaw(Query query) => Call(Request("GET", query)).Body;

    private T Get<T>(Query query, JsonTypeInfo<T> type) => Parse(GetRaw(query), type);

    private void Post(Query query, byte[]? body = null) => Call(Request("POST", query, body));

    private T Post<T>(Query query, JsonTypeInfo<T> type, byte[]? body = null) => Parse(Call(Request("POST", query, body)).Body, type);

    private void Delete(Query query) => Call(Request("DELETE", query));

    /// <summary>Reads an answer.</summary>
    private static T Parse<T>(byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new KeelsonException(ErrorKind.Unknown, "read the engine's answer: it is empty");
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.Unknown, "read the engine's answer: it has another form", e);
        }
    }

    private static string Escape(string name) => Uri.EscapeDataString(name);

    /// <summary>The name of an image in a path: slashes stay.</summary>
    private static string EscapeImage(string name) => Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal).Replace("%3A", ":", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);
}
