using System.Globalization;
using Keelson.Cli.Commands;

namespace Keelson.Cli.Tests;

/// <summary>What is done to several containers at once, and told in order.</summary>
public class AtOnceTests
{
    [Fact]
    public void What_is_done_at_once_is_told_in_order()
    {
        string[] items = ["a", "b", "c", "d"];
        using Barrier all = new(items.Length);
        using ManualResetEventSlim lastIsDone = new();
        List<string> told = [];

        // Nobody goes on before all are there; then the first is the last to end.
        AtOnce.Run(items, Nothing, (_, item) =>
        {
            Assert.True(all.SignalAndWait(TimeSpan.FromSeconds(60)), "they are done one after another");
            if (item == "a") Assert.True(lastIsDone.Wait(TimeSpan.FromSeconds(60)), "d waits for a");
            if (item == "d") lastIsDone.Set();
            if (item is "b") throw new KeelsonException(ErrorKind.NotFound, "there is no b");
        }, (item, error) => told.Add(item + (error is null ? "" : ": " + error.SourceException.Message)));

        Assert.Equal(["a", "b: there is no b", "c", "d"], told);
    }

    [Fact]
    public void There_is_a_most_and_each_thread_has_its_own()
    {
        string[] items = [.. Enumerable.Range(0, 5 * AtOnce.Most).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        using SemaphoreSlim room = new(AtOnce.Most);
        int workers = 0, disposed = 0;
        List<string> told = [];

        AtOnce.Run(items, () =>
        {
            Interlocked.Increment(ref workers);
            return new Worker(() => Interlocked.Increment(ref disposed));
        }, (worker, _) =>
        {
            Assert.True(room.Wait(0), "more than the most at once");
            Assert.False(worker.IsBusy, "two have the same");
            worker.IsBusy = true;
            Thread.Yield();
            worker.IsBusy = false;
            room.Release();
        }, (item, error) =>
        {
            Assert.Null(error);
            told.Add(item);
        });

        Assert.Equal(items, told);
        Assert.InRange(workers, 1, AtOnce.Most);
        Condition.Await("all threads end", () => Volatile.Read(ref disposed) == Volatile.Read(ref workers));
    }

    [Fact]
    public void One_thing_needs_no_thread()
    {
        int thread = 0;
        AtOnce.Run(["only"], Nothing, (_, _) => thread = Environment.CurrentManagedThreadId, (_, _) => { });
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    private static Worker Nothing() => new(() => { });

    private sealed class Worker(Action disposed) : IDisposable
    {
        public bool IsBusy { get; set; }

        public void Dispose() => disposed();
    }
}
