using System.Text;
using Keelson.Registry.Events;
using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Notifications;

/// <summary>The queue keeps what was added, in order, for each reader, over ends of the process; what a crash cut off and what is too much is told.</summary>
public sealed class EventQueueTests : IAsyncLifetime
{
    private const string Folder = "q";
    private readonly MemoryDriver driver = new();
    private int last;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => driver.DisposeAsync();

    private Task<EventQueue> OpenAsync(long limit = 1 << 20, params string[] readers) => EventQueue.OpenAsync(driver, Folder, readers, limit, CancellationToken.None);

    private async Task AddAsync(EventQueue queue, int count, int bytes = 10)
    {
        for (int i = 0; i < count; i++) await queue.AddAsync(new(EventAction.Push, "type/of", Encoding.ASCII.GetBytes($"{last++}".PadRight(bytes))));
    }

    private static async Task<List<int>> ReadAllAsync(EventQueue queue, string reader, int count, int limit = 3)
    {
        List<int> found = [];
        while (found.Count < count)
        {
            (IReadOnlyList<QueuedEvent> events, QueuePosition next, bool isLossy) = await queue.ReadAsync(reader, limit, new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
            Assert.InRange(events.Count, 1, limit);
            if (isLossy) found.Add(-1);
            foreach (QueuedEvent happened in events)
            {
                Assert.Equal((EventAction.Push, "type/of"), (happened.Action, happened.MediaType));
                found.Add(int.Parse(Encoding.ASCII.GetString(happened.Json.Span), null));
            }
            await queue.DoneAsync(reader, next);
        }
        return found;
    }

    [Fact]
    public async Task Each_reader_gets_all_in_order()
    {
        await using EventQueue queue = await OpenAsync(1 << 20, "a", "b");
        await AddAsync(queue, 10);
        Assert.Equal(Enumerable.Range(0, 10), await ReadAllAsync(queue, "a", 10));
        Task<List<int>> later = ReadAllAsync(queue, "a", 2);
        await AddAsync(queue, 2);
        Assert.Equal([10, 11], await later);
        Assert.Equal(Enumerable.Range(0, 12), await ReadAllAsync(queue, "b", 12));
        Assert.Equal(0, queue.PendingBytes);
    }

    [Fact]
    public async Task What_is_not_done_with_is_read_again()
    {
        await using (EventQueue queue = await OpenAsync(1 << 20, "a"))
        {
            await AddAsync(queue, 4);
            Assert.Equal([0, 1], await ReadAllAsync(queue, "a", 2, limit: 2));
            (IReadOnlyList<QueuedEvent> events, _, _) = await queue.ReadAsync("a", 10, CancellationToken.None);
            Assert.Equal(2, events.Count);
        }
        // A new reader begins with what comes; the old one where it was; who is not there any more is forgotten.
        await using (EventQueue queue = await OpenAsync(1 << 20, "a", "new"))
        {
            await AddAsync(queue, 1);
            Assert.Equal([2, 3, 4], await ReadAllAsync(queue, "a", 3));
            Assert.Equal([4], await ReadAllAsync(queue, "new", 1));
        }
        await using (EventQueue queue = await OpenAsync(1 << 20, "a"))
            Assert.DoesNotContain("new.at", await driver.ListAsync(Folder, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_go_when_all_have_read_them()
    {
        await using EventQueue queue = await OpenAsync(1 << 20, "a", "b");
        await AddAsync(queue, 300, bytes: 1000);
        Assert.True((await driver.ListAsync(Folder, TestContext.Current.CancellationToken)).Count(name => name.EndsWith(".log", StringComparison.Ordinal)) >= 3);
        await ReadAllAsync(queue, "a", 300, limit: 50);
        await ReadAllAsync(queue, "b", 300, limit: 50);
        Assert.Single(await driver.ListAsync(Folder, TestContext.Current.CancellationToken), name => name.EndsWith(".log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_oldest_go_when_there_are_too_many_and_the_reader_is_told_once()
    {
        await using EventQueue queue = await OpenAsync(512 << 10, "a");
        await AddAsync(queue, 1000, bytes: 1000);
        Assert.InRange(queue.PendingBytes, 1, 600 << 10);
        (IReadOnlyList<QueuedEvent> events, QueuePosition next, bool isLossy) = await queue.ReadAsync("a", 1000, CancellationToken.None);
        Assert.True(isLossy);
        int first = int.Parse(Encoding.ASCII.GetString(events[0].Json.Span), null);
        Assert.InRange(first, 300, 700);
        await queue.DoneAsync("a", next);
        List<int> rest = await ReadAllAsync(queue, "a", 1000 - first - events.Count, limit: 100);
        Assert.Equal(Enumerable.Range(first + events.Count, rest.Count), rest);
        Assert.Equal(999, rest[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task What_a_crash_cut_off_takes_nothing_else_with_it(int cut)
    {
        await using (EventQueue queue = await OpenAsync(1 << 20, "a")) await AddAsync(queue, 3);
        string file = (await driver.ListAsync(Folder, TestContext.Current.CancellationToken)).Single(name => name.EndsWith(".log", StringComparison.Ordinal));
        byte[] content = (await driver.ReadAsync($"{Folder}/{file}", 1 << 20, TestContext.Current.CancellationToken))!.Value.ToArray();
        await driver.WriteAsync($"{Folder}/{file}", content.AsMemory(..^cut), TestContext.Current.CancellationToken);
        await using EventQueue again = await OpenAsync(1 << 20, "a");
        await AddAsync(again, 1);
        Assert.Equal([0, 1, -1, 3], await ReadAllAsync(again, "a", 4));
    }

    [Fact]
    public async Task A_damaged_event_takes_its_file_and_the_reader_is_told()
    {
        await using (EventQueue queue = await OpenAsync(1 << 20, "a")) await AddAsync(queue, 3);
        string file = (await driver.ListAsync(Folder, TestContext.Current.CancellationToken)).Single(name => name.EndsWith(".log", StringComparison.Ordinal));
        byte[] content = (await driver.ReadAsync($"{Folder}/{file}", 1 << 20, TestContext.Current.CancellationToken))!.Value.ToArray();
        content[20] ^= 1;
        await driver.WriteAsync($"{Folder}/{file}", content, TestContext.Current.CancellationToken);
        await using EventQueue again = await OpenAsync(1 << 20, "a");
        await AddAsync(again, 1);
        Assert.Equal([-1, 3], await ReadAllAsync(again, "a", 2));
    }
}
