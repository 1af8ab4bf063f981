using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Garbage;

/// <summary>Two activities on one store, of which one stops at a call of the store that was chosen, and lets the other go on.</summary>
/// <param name="inner">The store.</param>
internal sealed class InterleavedDriver(IStorageDriver inner) : IStorageDriver
{
    /// <summary>An activity that has not come to its place by then waits for a lock that the other one holds.</summary>
    private static readonly TimeSpan Blocked = TimeSpan.FromMilliseconds(20);

    private static readonly AsyncLocal<Activity?> Current = new();

    public string Name => inner.Name;

    /// <summary>Runs the first activity up to a call, then the second up to a call, then the first to its end, then the second.</summary>
    /// <param name="first">The first.</param>
    /// <param name="firstStop">The call of the first before which it stops, from 0.</param>
    /// <param name="second">The second.</param>
    /// <param name="secondStop">The same of the second.</param>
    /// <returns>Whether both have come to their places: there are no more calls otherwise.</returns>
    public static async Task<(bool First, bool Second)> RunAsync(Func<Task> first, int firstStop, Func<Task> second, int secondStop)
    {
        Activity a = new(firstStop), b = new(secondStop);
        Task one = StartAsync(a, first);
        await Task.WhenAny(one, a.Stopped.Task);
        Task two = StartAsync(b, second);
        await Task.WhenAny(two, b.Stopped.Task, Task.Delay(Blocked));
        a.Resume.TrySetResult();
        await Task.WhenAny(one, Task.Delay(Blocked));
        b.Resume.TrySetResult();
        await Task.WhenAll(one, two);
        return (a.Stopped.Task.IsCompleted, b.Stopped.Task.IsCompleted);
    }

    public async ValueTask<StorageStatus?> FindAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.FindAsync(path, cancel);
    }

    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(string path, int limitBytes, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.ReadAsync(path, limitBytes, cancel);
    }

    public async ValueTask<IStorageReader?> OpenAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.OpenAsync(path, cancel);
    }

    public async ValueTask WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel = default)
    {
        await TurnAsync();
        await inner.WriteAsync(path, content, cancel);
    }

    public async ValueTask<IStorageWriter> AppendAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.AppendAsync(path, cancel);
    }

    public async ValueTask<IReadOnlyList<string>> ListAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.ListAsync(path, cancel);
    }

    public async ValueTask MoveAsync(string from, string to, CancellationToken cancel = default)
    {
        await TurnAsync();
        await inner.MoveAsync(from, to, cancel);
    }

    public async ValueTask<bool> TouchAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.TouchAsync(path, cancel);
    }

    public async ValueTask<bool> RemoveAsync(string path, CancellationToken cancel = default)
    {
        await TurnAsync();
        return await inner.RemoveAsync(path, cancel);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static Task StartAsync(Activity activity, Func<Task> work) => Task.Run(async () =>
    {
        Current.Value = activity;
        await work();
    });

    private static Task TurnAsync() => Current.Value is { } activity && activity.Calls++ == activity.Stop ? activity.PauseAsync() : Task.CompletedTask;

    private sealed class Activity(int stop)
    {
        public readonly TaskCompletionSource Stopped = new(TaskCreationOptions.RunContinuationsAsynchronously), Resume = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public readonly int Stop = stop;
        public int Calls;

        public Task PauseAsync()
        {
            Stopped.SetResult();
            return Resume.Task;
        }
    }
}
