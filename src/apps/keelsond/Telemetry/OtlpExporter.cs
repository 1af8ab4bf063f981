using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;

namespace Keelson.Daemon.Telemetry;

/// <summary>Sends activities that have ended to a receiver of OTLP over HTTP, in batches. OTLP 1 "OTLP/HTTP".</summary>
/// <remarks>Calls never wait for it: when the receiver is slower than they are, activities are dropped and the log says how many.</remarks>
internal sealed class OtlpExporter : IAsyncDisposable
{
    /// <summary>Activities that wait, and those of one request: OpenTelemetry's defaults.</summary>
    private const int QueueLimit = 2048, BatchLimit = 512;

    /// <summary>How long a batch is gathered: short, since an engine has few calls and a person waits for the trace.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    /// <summary>How long a request may take: OpenTelemetry's default.</summary>
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long the last batch may take when the daemon stops.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    private readonly Channel<Activity> queue;
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient client = new() { Timeout = RequestLimit };
    private readonly OtlpOptions options;
    private readonly string version;
    private readonly Action<string, Exception?> trouble;
    private readonly Task sender;
    private long dropped;

    /// <summary>Begins to wait for activities.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="version">The daemon's version.</param>
    /// <param name="trouble">Hears of what could not be sent, and why.</param>
    public OtlpExporter(OtlpOptions options, string version, Action<string, Exception?> trouble)
    {
        this.options = options;
        this.version = version;
        this.trouble = trouble;
        queue = Channel.CreateBounded<Activity>(new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite }, _ => Interlocked.Increment(ref dropped));
        sender = SendAllAsync();
    }

    /// <summary>Takes an activity; drops it when too many wait.</summary>
    public void Add(Activity activity) => queue.Writer.TryWrite(activity);

    /// <summary>Sends what waits and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        stop.CancelAfter(StopLimit);
        await sender.ConfigureAwait(false);
        client.Dispose();
        stop.Dispose();
    }

    private async Task SendAllAsync()
    {
        List<Activity> batch = new(BatchLimit);
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            // Ends at once when the daemon stops: then the channel completes.
            await Task.WhenAny(queue.Reader.Completion, Task.Delay(Delay)).ConfigureAwait(false);
            while (batch.Count < BatchLimit && queue.Reader.TryRead(out Activity? activity)) batch.Add(activity);
            await SendAsync(batch).ConfigureAwait(false);
            batch.Clear();
            if (Interlocked.Exchange(ref dropped, 0) is > 0 and long lost) trouble($"{lost} activities were dropped: {options.Endpoint} takes them too slowly", null);
        }
    }

    private async Task SendAsync(List<Activity> batch)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, options.Endpoint) { Content = new ByteArrayContent(OtlpJson.Write(options.Resource, version, batch)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            foreach ((string name, string value) in options.Headers) request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage response = await client.SendAsync(request, stop.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK) trouble($"send {batch.Count} activities to {options.Endpoint}: status {(int)response.StatusCode}", null);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            trouble($"send {batch.Count} activities to {options.Endpoint}", e);
        }
    }
}
