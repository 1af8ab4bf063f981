using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Notifications;

/// <summary>Tells one endpoint, in order, again and again until it takes what it is told: at least once.</summary>
internal sealed class EventSender(NotificationEndpoint endpoint, EventQueue queue, HttpClient client, TimeProvider time, ILogger logger)
{
    private long sent, failures;
    private volatile int inRow;

    /// <summary>How it has done so far.</summary>
    public NotificationFigures Figures => new(endpoint.Name, Volatile.Read(ref sent), Volatile.Read(ref failures), inRow > 0);

    /// <summary>Sends until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                (IReadOnlyList<QueuedEvent> events, QueuePosition next, bool isLossy) = await queue.ReadAsync(endpoint.Name, endpoint.BatchLimit, stop).ConfigureAwait(false);
                if (isLossy) logger.EventsLost(endpoint.Name);
                List<ReadOnlyMemory<byte>> wanted = [.. events.Where(happened => endpoint.Wants(happened.Action, happened.MediaType)).Select(happened => happened.Json)];
                if (wanted.Count > 0) await SendAsync(EventEnvelope.Enclose(wanted), stop).ConfigureAwait(false);
                Interlocked.Add(ref sent, wanted.Count);
                await queue.DoneAsync(endpoint.Name, next).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The rest waits in the queue.
        }
        catch (KeelsonException e)
        {
            logger.QueueFailed(endpoint.Name, e);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> envelope, CancellationToken stop)
    {
        while (await TryAsync(envelope, stop).ConfigureAwait(false) is { } problem)
        {
            Interlocked.Increment(ref failures);
            inRow++;
            TimeSpan wait = Wait();
            if (inRow == 1) logger.NotTaken(endpoint.Name, problem);
            else if (inRow == endpoint.Threshold) logger.BacksOff(endpoint.Name, inRow, problem);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, stop).ConfigureAwait(false);
        }
        if (inRow >= endpoint.Threshold) logger.TakesAgain(endpoint.Name);
        inRow = 0;
    }

    /// <summary>Nothing for the first failures, then twice as long each time.</summary>
    private TimeSpan Wait()
    {
        int over = inRow - endpoint.Threshold;
        if (over < 0) return TimeSpan.Zero;
        double seconds = endpoint.Backoff.TotalSeconds * Math.Pow(2, Math.Min(over, 40));
        return TimeSpan.FromSeconds(Math.Min(seconds, endpoint.BackoffLimit.TotalSeconds));
    }

    /// <summary>Sends once.</summary>
    /// <returns>What went wrong, without secrets; <see langword="null"/>: it was taken.</returns>
    private async Task<string?> TryAsync(ReadOnlyMemory<byte> envelope, CancellationToken stop)
    {
        using CancellationTokenSource limit = new(endpoint.Timeout, time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        using HttpRequestMessage request = new(HttpMethod.Post, endpoint.Url) { Content = new ReadOnlyMemoryContent(envelope) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(EventEnvelope.MediaType);
        foreach ((string name, string value) in endpoint.Headers) request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            // 3xx counts, as with distribution: nobody is told at the new address, where the headers may not belong.
            return (int)answer.StatusCode is >= 200 and < 400 ? null : string.Create(CultureInfo.InvariantCulture, $"answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {endpoint.Timeout.TotalSeconds} s");
        }
    }
}
