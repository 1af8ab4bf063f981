using System.Text;
using System.Text.Json;
using Keelson.Build;
using Keelson.DockerApi.Http;
using Keelson.DockerApi.Images;
using Keelson.Engine.Images;

namespace Keelson.DockerApi.Builds;

/// <summary>The answer to a build: messages one after the other. It begins with the first; an error before that is an answer of its own.</summary>
/// <param name="call">The request.</param>
/// <param name="isQuiet">Whether only the identity, or what was said before an error, is told.</param>
internal sealed class BuildStream(Call call, bool isQuiet) : IBuildOutput, IProgress<ImageProgress>, IDisposable
{
    private const string Red = "\u001b[91m", Plain = "\u001b[0m";
    private const int ShortDigits = 12;

    /// <summary>Most that is kept of a quiet build for the case of an error, in characters.</summary>
    private const int LimitKept = 1 << 20;

    /// <summary>How often images that come are told of.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim turn = new(1);
    private readonly StringBuilder kept = new();
    private readonly Dictionary<string, ImageProgress> told = [];
    private readonly Lock guard = new();
    private JsonStream<Docker.ProgressMessage>? stream;

    /// <inheritdoc/>
    public IProgress<ImageProgress>? Pulls => isQuiet ? null : this;

    /// <summary>Whether the answer has begun.</summary>
    public bool HasBegun => stream is not null;

    /// <inheritdoc/>
    public ValueTask WriteAsync(string text)
    {
        if (!isQuiet) return new(SendAsync(new() { Stream = text }));
        if (kept.Length + text.Length <= LimitKept) kept.Append(text);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteErrorAsync(string text) => WriteAsync(Red + text + Plain);

    /// <inheritdoc/>
    public async ValueTask StageAsync(string imageId)
    {
        if (isQuiet) return;
        using JsonDocument document = JsonDocument.Parse($$"""{"ID":"{{imageId}}"}""");
        await SendAsync(new() { Aux = document.RootElement.Clone() }).ConfigureAwait(false);
    }

    /// <summary>Hears of a layer that comes; each state of each is told once, for the text of a build is no place for moving bars.</summary>
    public void Report(ImageProgress value)
    {
        if (value.Digest is not { } digest) return;
        lock (guard) told[digest.Hex[..ShortDigits]] = value;
    }

    /// <summary>Tells of images that come while the build itself says nothing.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends it.</param>
    public async Task TellAsync(TimeProvider time, CancellationToken stop)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                if (HasNews) await SendAsync(null).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The build has ended, or nobody listens.
        }
    }

    private bool HasNews
    {
        get
        {
            lock (guard) return told.Count > 0;
        }
    }

    /// <summary>The build is done.</summary>
    public Task FinishAsync(string imageId) => isQuiet ? SendAsync(new() { Stream = imageId + "\n" }) : Task.CompletedTask;

    /// <summary>The build failed.</summary>
    public async Task FailAsync(int code, string message)
    {
        if (kept.Length > 0) await SendAsync(new() { Stream = kept.ToString() }).ConfigureAwait(false);
        await SendAsync(new() { ErrorDetail = new() { Code = code, Message = message }, Error = message }).ConfigureAwait(false);
    }

    /// <summary>Whether something was said that the client is to see with an error.</summary>
    public bool HasKept => kept.Length > 0;

    public void Dispose() => turn.Dispose();

    /// <summary>Sends what images have to tell, and a message when there is one.</summary>
    private async Task SendAsync(Docker.ProgressMessage? message)
    {
        await turn.WaitAsync(call.Cancel).ConfigureAwait(false);
        try
        {
            stream ??= new(await call.StreamAsync("application/json").ConfigureAwait(false), Docker.DockerJson.Default.ProgressMessage, "\r\n");
            KeyValuePair<string, ImageProgress>[] news;
            lock (guard)
            {
                news = [.. told];
                told.Clear();
            }
            foreach ((string id, ImageProgress progress) in news)
                if (ImageTransferOperations.PullWords(progress.Step) is { } words) await stream.WriteAsync(new() { Status = words, ProgressDetail = new(), Id = id }, call.Cancel).ConfigureAwait(false);
            if (message is not null) await stream.WriteAsync(message, call.Cancel).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
