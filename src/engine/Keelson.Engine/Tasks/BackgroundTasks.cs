namespace Keelson.Engine.Tasks;

/// <summary>Work that goes on after its caller has left; it is awaited at the end, and what it throws is told.</summary>
internal sealed class BackgroundTasks(Action<string, Exception> failed) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly HashSet<Task> running = [];

    /// <summary>Runs something.</summary>
    /// <param name="what">Operation and object, for the message.</param>
    /// <param name="work">Does it.</param>
    /// <returns>Completes with it, and never fails.</returns>
    public Task Run(string what, Func<Task> work)
    {
        Task task = RunAsync(what, work);
        lock (gate)
        {
            running.RemoveWhere(one => one.IsCompleted);
            if (!task.IsCompleted) running.Add(task);
        }
        return task;
    }

    /// <summary>Waits for all.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] left;
        lock (gate) left = [.. running];
        await Task.WhenAll(left).ConfigureAwait(false);
    }

    private async Task RunAsync(string what, Func<Task> work)
    {
        await Task.Yield();
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failed(what, e);
        }
    }
}
