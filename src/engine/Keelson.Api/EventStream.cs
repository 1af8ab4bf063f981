using Grpc.Core;
using Keelson.Api.Authorization;
using Keelson.Content;

namespace Keelson.Api;

/// <summary>Sends events as they come until the caller goes or the daemon stops.</summary>
internal static class EventStream
{
    /// <param name="log">The log.</param>
    /// <param name="after">Number of the last event that the caller has; <see langword="null"/> for those to come.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="guard">Knows which of them the caller may see.</param>
    /// <param name="context">The call.</param>
    /// <param name="send">Sends one.</param>
    /// <param name="stopping">Ends it when the daemon stops.</param>
    /// <exception cref="KeelsonException">Unavailable: the daemon stops. DataLoss: the caller fell behind what is kept.</exception>
    public static async Task SendAsync(EventLog log, long? after, Filter filter, CallGuard guard, ServerCallContext context, Func<EventRecord, Task> send, CancellationToken stopping)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        IAsyncEnumerable<EventRecord> events = log.SubscribeAsync(after, filter, EventMessages.Fields, ended.Token);
        // Who has the headers is subscribed: what happens from then on arrives.
        await context.WriteResponseHeadersAsync([]).ConfigureAwait(false);
        try
        {
            await foreach (EventRecord record in events.ConfigureAwait(false))
                if (await guard.MaySeeAsync(context, record).ConfigureAwait(false)) await send(record).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"call {context.Method}: the daemon stops");
        }
    }
}
