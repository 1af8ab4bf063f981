using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Keelson.Hosting.Grpc;

/// <summary>One call: what its handler sees of it.</summary>
internal sealed class GrpcCall : ServerCallContext, IDisposable
{
    private const string BinarySuffix = "-bin";
    private readonly string method;
    private readonly CancellationTokenSource? late;
    private readonly DateTime deadline = DateTime.MaxValue;
    private Metadata? requestHeaders, trailers;
    private Dictionary<object, object>? userState;
    private Status status = Status.DefaultSuccess;
    private WriteOptions? writeOptions;

    public GrpcCall(HttpContext http, string method)
    {
        Http = http;
        this.method = method;
        CancellationTokenCore = http.RequestAborted;
        if (GrpcTimeout.Parse(http.Request.Headers["grpc-timeout"]) is not { } timeout) return;
        deadline = TimeProvider.System.GetUtcNow().UtcDateTime + timeout;
        late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        late.CancelAfter(timeout);
        CancellationTokenCore = late.Token;
    }

    public HttpContext Http { get; }

    /// <summary>What is counted of its method.</summary>
    public GrpcMethodCounters? Counters { get; set; }

    /// <summary>Whether the caller no longer waits for the answer, by its own word.</summary>
    public bool IsLate => late is { IsCancellationRequested: true } && !Http.RequestAborted.IsCancellationRequested;

    protected override string MethodCore => method;

    protected override string HostCore => Http.Request.Host.Value ?? "";

    protected override string PeerCore => "unix:";

    protected override DateTime DeadlineCore => deadline;

    protected override CancellationToken CancellationTokenCore { get; }

    protected override Metadata RequestHeadersCore => requestHeaders ??= Read(Http.Request.Headers);

    protected override Metadata ResponseTrailersCore => trailers ??= [];

    protected override Status StatusCore { get => status; set => status = value; }

    protected override WriteOptions? WriteOptionsCore { get => writeOptions; set => writeOptions = value; }

    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override IDictionary<object, object> UserStateCore => userState ??= [];

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("calls do not pass their deadlines on");

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        foreach (Metadata.Entry entry in responseHeaders) Http.Response.Headers.Append(entry.Key, Text(entry));
        return Http.Response.BodyWriter.FlushAsync(CancellationToken).AsTask();
    }

    /// <summary>Sends the status: in trailers, or in the headers when nothing was sent before it.</summary>
    public void End(Status end)
    {
        if (Http.RequestAborted.IsCancellationRequested) return;
        Send("grpc-status", ((int)end.StatusCode).ToString(CultureInfo.InvariantCulture));
        if (end.Detail is { Length: > 0 } detail) Send("grpc-message", PercentEncoding.Encode(detail));
        if (trailers is null) return;
        foreach (Metadata.Entry entry in trailers) Send(entry.Key, Text(entry));
    }

    public void Dispose() => late?.Dispose();

    private void Send(string name, string value)
    {
        if (Http.Response.HasStarted) Http.Response.AppendTrailer(name, value);
        else Http.Response.Headers.Append(name, value);
    }

    private static string Text(Metadata.Entry entry) => entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value;

    private static Metadata Read(IHeaderDictionary headers)
    {
        Metadata read = [];
        foreach ((string name, StringValues values) in headers)
        {
            if (name.StartsWith(':')) continue;
            string key = name.ToLowerInvariant();
            foreach (string? value in values)
            {
                if (!key.EndsWith(BinarySuffix, StringComparison.Ordinal)) read.Add(key, value ?? "");
                else
                    // Several values may come in one header, each without its padding.
                    foreach (string part in (value ?? "").Split(',')) read.Add(key, Bytes(key, part.Trim()));
            }
        }
        return read;
    }

    private static byte[] Bytes(string key, string text)
    {
        try
        {
            return Convert.FromBase64String(text.TrimEnd('=').PadRight((text.TrimEnd('=').Length + 3) / 4 * 4, '='));
        }
        catch (FormatException)
        {
            throw new RpcException(new(StatusCode.Internal, $"header {key}: its value is no base64"));
        }
    }
}
