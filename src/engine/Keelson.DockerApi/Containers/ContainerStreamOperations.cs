using System.Globalization;
using System.Text;
using Keelson.DockerApi.Connections;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;

namespace Keelson.DockerApi.Containers;

/// <summary>What flows out of and into a container: attach, logs, statistics.</summary>
internal sealed class ContainerStreamOperations(DockerApiServices services, CancellationToken stop)
{
    /// <summary>How often statistics come, as dockerd.</summary>
    private static readonly TimeSpan StatsInterval = TimeSpan.FromSeconds(1);

    private readonly IContainerService containers = services.Containers;

    /// <summary>Adds them to a table.</summary>
    public void Add(RouteTable routes)
    {
        routes.Add("POST", "/containers/{id}/attach", AttachAsync);
        routes.Add("GET", "/containers/{id}/attach/ws", AttachWebSocketAsync);
        routes.Add("GET", "/containers/{id}/logs", LogsAsync);
        routes.Add("GET", "/containers/{id}/stats", StatsAsync);
    }

    private async Task AttachAsync(Call call)
    {
        (ContainerInfo container, AttachOptions options) = Attachment(call);
        IAttachedStreams streams = await containers.AttachAsync(container.Id, options, call.Cancel).ConfigureAwait(false);
        await AttachSession.ServeAsync(call, streams, options.Stdin, call.Query["detachKeys"], services.Time, stop).ConfigureAwait(false);
    }

    private async Task AttachWebSocketAsync(Call call)
    {
        (ContainerInfo container, AttachOptions options) = Attachment(call);
        string key = WebSocketSession.Key(call.Http.Request);
        IAttachedStreams streams = await containers.AttachAsync(container.Id, options, call.Cancel).ConfigureAwait(false);
        await WebSocketSession.ServeAsync(call, key, streams, options.Stdin, stop).ConfigureAwait(false);
    }

    private (ContainerInfo Container, AttachOptions Options) Attachment(Call call)
    {
        ContainerInfo container = containers.Find(call);
        if (container.State.Status == ContainerStatus.Paused) throw ApiException.Conflict($"container {call["id"]} is paused, unpause the container before attach");
        if (container.State.Status == ContainerStatus.Restarting) throw ApiException.Conflict($"container {call["id"]} is restarting, wait until the container is running");
        bool stream = call.Query.Flag("stream");
        return (container, new()
        {
            Stdin = stream && call.Query.Flag("stdin") && container.Settings.OpenStdin,
            Stdout = call.Query.Flag("stdout"),
            Stderr = call.Query.Flag("stderr"),
            Logs = call.Query.Flag("logs"),
            Stream = stream,
        });
    }

    private async Task LogsAsync(Call call)
    {
        ContainerInfo container = containers.FindLogged(call);
        LogOptions options = new()
        {
            Stdout = call.Query.Flag("stdout"),
            Stderr = call.Query.Flag("stderr"),
            Since = NotZero(call.Query.Moment("since")),
            Until = NotZero(call.Query.Moment("until")),
            Tail = Tail(call.Query["tail"]),
            Follow = call.Query.Flag("follow"),
        };
        if (options is { Stdout: false, Stderr: false }) throw ApiException.BadRequest("Bad parameters: you must choose at least one stream");
        bool stamps = call.Query.Flag("timestamps"), details = call.Query.Flag("details");
        string attributes = details ? LogAttributes(container) + " " : "";
        IAsyncEnumerable<LogLine> log = container.State.Status == ContainerStatus.Removed ? containers.Removed.LogsAsync(container.Id, options, call.Cancel) : containers.LogsAsync(container.Id, options, call.Cancel);
        IAsyncEnumerator<LogLine> lines = log.GetAsyncEnumerator(call.Cancel);
        await using (lines)
        {
            // An error of the log itself is an answer of its own. To know it, the first line must have come, or the log must be one that waits for lines.
            Task<bool> next = lines.MoveNextAsync().AsTask();
            if (next.IsCompleted || !options.Follow) await next.ConfigureAwait(false);
            Stream body = await call.StreamAsync("application/vnd.docker.raw-stream").ConfigureAwait(false);
            bool framed = !container.Settings.Tty;
            while (await next.ConfigureAwait(false))
            {
                await WriteLineAsync(body, lines.Current, framed, stamps, attributes, call.Cancel).ConfigureAwait(false);
                next = lines.MoveNextAsync().AsTask();
                // Lines that are there go in one chunk.
                if (!next.IsCompleted) await body.FlushAsync(call.Cancel).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask WriteLineAsync(Stream body, LogLine line, bool framed, bool stamps, string attributes, CancellationToken cancel)
    {
        byte[] before = Encoding.UTF8.GetBytes((stamps ? GoTime.Fixed(line.At) + " " : "") + attributes);
        if (framed)
        {
            byte[] head = new byte[Docker.FrameReader.HeaderBytes];
            Docker.FrameReader.WriteHeader(head, (byte)line.Stream, before.Length + line.Text.Length);
            await body.WriteAsync(head, cancel).ConfigureAwait(false);
        }
        if (before.Length > 0) await body.WriteAsync(before, cancel).ConfigureAwait(false);
        await body.WriteAsync(line.Text, cancel).ConfigureAwait(false);
    }

    /// <summary>The labels and variables that the log's options name, as <c>a=b,c=d</c>.</summary>
    private static string LogAttributes(ContainerInfo container) => string.Join(',', container.LogAttributes.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));

    private async Task StatsAsync(Call call)
    {
        ContainerInfo container = containers.Find(call);
        bool streams = call.Query.Flag("stream", standard: true), oneShot = call.Query.Flag("one-shot");
        if (streams && oneShot) throw ApiException.BadRequest("cannot have stream=true and one-shot=true");
        if (!streams)
        {
            ContainerStats? first = null;
            if (container.State.IsRunning && !oneShot)
            {
                first = await containers.StatsAsync(container.Id, call.Cancel).ConfigureAwait(false);
                await Task.Delay(StatsInterval, services.Time, call.Cancel).ConfigureAwait(false);
            }
            await call.WriteAsync(await ReadAsync(container, first, call.Cancel).ConfigureAwait(false) is { } read ? StatsMessages.Of(container, read, first) : StatsMessages.Empty(container), Docker.DockerJson.Default.ContainerStats).ConfigureAwait(false);
            return;
        }
        JsonStream<Docker.ContainerStats> stream = new(await call.StreamAsync("application/json").ConfigureAwait(false), Docker.DockerJson.Default.ContainerStats);
        using PeriodicTimer timer = new(StatsInterval, services.Time);
        ContainerStats? before = null;
        try
        {
            do
            {
                container = containers.Get(container.Id);
                ContainerStats? now = await ReadAsync(container, before, call.Cancel).ConfigureAwait(false);
                await stream.WriteAsync(now is null ? StatsMessages.Empty(container) : StatsMessages.Of(container, now, before), call.Cancel).ConfigureAwait(false);
                before = now;
            }
            while (await timer.WaitForNextTickAsync(call.Cancel).ConfigureAwait(false));
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It was removed: nothing more will be counted.
        }
    }

    /// <summary><see langword="null"/> when it does not run.</summary>
    private async Task<ContainerStats?> ReadAsync(ContainerInfo container, ContainerStats? before, CancellationToken cancel)
    {
        if (!container.State.IsRunning) return null;
        try
        {
            return await containers.StatsAsync(container.Id, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition && before is not null)
        {
            return null;
        }
    }

    /// <summary>Clients send 0 for a moment that they do not mean.</summary>
    private static DateTimeOffset? NotZero(DateTimeOffset? moment) => moment == DateTimeOffset.UnixEpoch ? null : moment;

    /// <summary>A number of lines; everything else means all, as with dockerd.</summary>
    private static int? Tail(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int lines) ? lines : null;
}
