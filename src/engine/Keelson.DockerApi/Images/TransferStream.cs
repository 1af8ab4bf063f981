using System.Text.Json;
using Keelson.DockerApi.Http;
using Keelson.Engine.Images;

namespace Keelson.DockerApi.Images;

/// <summary>Tells a client how a transfer of an image goes on. The answer begins with the first thing there is to tell; an error before that is an answer of its own.</summary>
/// <remarks>Of each object only the latest state is kept: a client that reads slowly holds nothing up and misses nothing that still matters.</remarks>
internal sealed class TransferStream(Call call, TimeProvider time) : IProgress<ImageProgress>
{
    private const int ShortDigits = 12;

    /// <summary>How often a client hears of the same object.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock guard = new();
    private readonly Dictionary<string, ImageProgress> changed = [];
    private JsonStream<Docker.ProgressMessage>? stream;

    /// <summary>What is told first, once there is anything to tell.</summary>
    public Docker.ProgressMessage? Opening { get; init; }

    /// <summary>Says it with these words: those of pulls, pushes, or loads.</summary>
    public required Func<ImageStep, string?> Words { get; init; }

    /// <summary>Hears of one object.</summary>
    public void Report(ImageProgress value)
    {
        if (value.Digest is not { } digest || Words(value.Step) is null) return;
        lock (guard) changed[digest.Hex[..ShortDigits]] = value;
    }

    /// <summary>Tells what comes until some work is done.</summary>
    /// <exception cref="KeelsonException">The work failed before anything was told.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> work)
    {
        Task running = work(call.Cancel);
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, timer.WaitForNextTickAsync(call.Cancel).AsTask()).ConfigureAwait(false);
                await TellAsync().ConfigureAwait(false);
                if (call.Cancel.IsCancellationRequested) break;
            }
        }
        finally
        {
            // The work ends with the call, which ends it when the client is gone.
            await Task.WhenAny(running).ConfigureAwait(false);
        }
        try
        {
            await running.ConfigureAwait(false);
        }
        catch (Exception e) when (stream is not null && ErrorTable.Of(e) is { } known)
        {
            await WriteAsync(new() { ErrorDetail = new() { Message = known.Message }, Error = known.Message }).ConfigureAwait(false);
            IsFailed = true;
        }
    }

    /// <summary>Whether the work failed after something was told, which the client knows by now.</summary>
    public bool IsFailed { get; private set; }

    /// <summary>Tells a message.</summary>
    public async Task WriteAsync(Docker.ProgressMessage message)
    {
        if (stream is null)
        {
            stream = new(await call.StreamAsync("application/json").ConfigureAwait(false), Docker.DockerJson.Default.ProgressMessage, "\r\n");
            if (Opening is not null) await stream.WriteAsync(Opening, call.Cancel).ConfigureAwait(false);
        }
        await stream.WriteAsync(message, call.Cancel).ConfigureAwait(false);
    }

    /// <summary>A message with a status alone.</summary>
    public Task SayAsync(string status) => WriteAsync(new() { Status = status });

    /// <summary>Attaches an object to the stream, for programs.</summary>
    public Task AuxAsync(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return WriteAsync(new() { ProgressDetail = new(), Aux = document.RootElement.Clone() });
    }

    private async Task TellAsync()
    {
        KeyValuePair<string, ImageProgress>[] news;
        lock (guard)
        {
            news = [.. changed];
            changed.Clear();
        }
        foreach ((string id, ImageProgress progress) in news)
        {
            bool isMoving = progress.Step is ImageStep.Downloading or ImageStep.Uploading or ImageStep.Unpacking && progress.Total > 0;
            await WriteAsync(new()
            {
                Status = Words(progress.Step),
                ProgressDetail = isMoving ? new() { Current = progress.Offset, Total = progress.Total } : new(),
                Progress = isMoving ? ProgressText.Bar(progress.Offset, progress.Total) : null,
                Id = id,
            }).ConfigureAwait(false);
        }
    }
}
