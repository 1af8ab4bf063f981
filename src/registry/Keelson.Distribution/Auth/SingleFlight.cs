namespace Keelson.Distribution;

/// <summary>Runs the work of one key once, however many ask for it at the same time. The work ends when all who wait have given up.</summary>
public sealed class SingleFlight<TKey, TResult> where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Flight> flights = [];

    /// <summary>The result of the key's work, which is started when nobody else waits for it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="work">The work; its token ends when nobody waits any more.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<TResult> RunAsync(TKey key, Func<CancellationToken, Task<TResult>> work, CancellationToken cancellation)
    {
        Flight? flight;
        bool isOwner = false;
        lock (gate)
        {
            if (!flights.TryGetValue(key, out flight) || flight.Waiters == 0)
            {
                // One that all have left is still settling; the next begins when it has.
                flights[key] = flight = new Flight { Before = flight?.Work };
                isOwner = true;
            }
            flight.Waiters++;
        }
        if (isOwner) flight.Work = FlyAsync(key, flight, work);
        try
        {
            return await flight.Done.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            bool isLast;
            lock (gate) isLast = --flight.Waiters == 0;
            if (isLast)
            {
                await flight.Cancellation.CancelAsync().ConfigureAwait(false);
                // The work has settled when the last who waits returns: nothing goes on behind the caller's back.
                if (flight.Work is { } running) await running.ConfigureAwait(false);
                flight.Cancellation.Dispose();
            }
        }
    }

    private async Task FlyAsync(TKey key, Flight flight, Func<CancellationToken, Task<TResult>> work)
    {
        await Task.Yield();
        if (flight.Before is { } before) await before.ConfigureAwait(false);
        flight.Before = null;
        try
        {
            TResult result = await work(flight.Cancellation.Token).ConfigureAwait(false);
            Land(key, flight);
            flight.Done.TrySetResult(result);
        }
        catch (OperationCanceledException) when (flight.Cancellation.IsCancellationRequested)
        {
            Land(key, flight);
            flight.Done.TrySetCanceled();
        }
#pragma warning disable CA1031 // Every error goes to those who wait.
        catch (Exception e)
        {
            Land(key, flight);
            flight.Done.TrySetException(e);
            _ = flight.Done.Task.Exception;
        }
#pragma warning restore CA1031
    }

    private void Land(TKey key, Flight flight)
    {
        lock (gate)
            if (flights.TryGetValue(key, out Flight? present) && present == flight) flights.Remove(key);
    }

    private sealed class Flight
    {
        public TaskCompletionSource<TResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Cancellation { get; } = new();

        public Task? Work { get; set; }

        public Task? Before { get; set; }

        public int Waiters { get; set; }
    }
}
