using System.Diagnostics;
using Keelson.Registry.Coordination;
using Keelson.Registry.Postgres;

namespace Keelson.Registry.Tests.Coordination;

/// <summary>Two processes' worth of coordinators on one database.</summary>
public sealed class PostgresCoordinatorTests(PostgresServer server) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200), Settling = TimeSpan.FromSeconds(3);
    private readonly string store = Guid.NewGuid().ToString("N");
    private PostgresCoordinator a = null!, b = null!;

    public async ValueTask InitializeAsync() => (a, b) = (await OpenAsync(), await OpenAsync());

    public async ValueTask DisposeAsync()
    {
        await a.DisposeAsync();
        await b.DisposeAsync();
    }

    [Fact]
    public async Task A_name_is_held_by_one_of_all()
    {
        int inside = 0, most = 0, times = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (int n = 0; n < 10; n++)
            {
                await using IRegistryLock held = await (i % 2 == 0 ? a : b).EnterAsync("x", default);
                most = Math.Max(most, Interlocked.Increment(ref inside));
                await Task.Yield();
                times++;
                Interlocked.Decrement(ref inside);
            }
        })));
        Assert.Equal((1, 80), (most, times));
    }

    [Fact]
    public async Task Other_names_and_other_stores_are_others()
    {
        await using PostgresCoordinator other = await OpenAsync(Guid.NewGuid().ToString("N"));
        await using IRegistryLock first = await a.EnterAsync("x", default), second = await b.EnterAsync("y", default), third = await other.EnterAsync("x", default);
        await third.MarkAsync();
    }

    [Fact]
    public async Task Who_gives_up_waiting_holds_nothing()
    {
        await using (await a.EnterAsync("x", default))
        {
            using CancellationTokenSource gone = new(Soon);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b.EnterAsync("x", gone.Token).AsTask());
        }
        await using IRegistryLock held = await a.EnterAsync("x", default);
    }

    [Fact]
    public async Task A_lock_whose_session_ended_says_nothing_more()
    {
        await using IRegistryLock held = await a.EnterAsync("repository/r", default);
        server.EndConnections();
        foreach (Func<Task> said in (Func<Task>[])[() => held.MarkAsync().AsTask(), () => held.BeginChangeAsync().AsTask(), () => held.EndChangeAsync().AsTask()])
            Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(said)).Kind);
        await using IRegistryLock next = await b.EnterAsync("repository/r", default);
        await next.MarkAsync();
        await using IRegistryLock other = await a.EnterAsync("another", default);
        await other.MarkAsync();
    }

    [Fact]
    public async Task Who_comes_after_a_change_that_was_cut_off_waits_until_it_has_settled()
    {
        IRegistryLock held = await a.EnterAsync("repository/r", default);
        long before = await b.VersionAsync("repository/r", default), began = Stopwatch.GetTimestamp();
        await held.BeginChangeAsync();
        server.EndConnections();
        await using IRegistryLock next = await b.EnterAsync("repository/r", default);
        Assert.InRange(Stopwatch.GetElapsedTime(began), Settling, TimeSpan.MaxValue);
        Assert.NotEqual(before, await b.VersionAsync("repository/r", default));
        await held.DisposeAsync();
    }

    [Fact]
    public async Task A_change_is_known_to_all_when_it_ends()
    {
        (long repository, long list) = (await b.VersionAsync("repository/r", default), await b.VersionAsync("catalog", default));
        await ChangeAsync(a, "repository/r");
        Assert.NotEqual(repository, repository = await b.VersionAsync("repository/r", default));
        Assert.NotEqual(list, list = await b.VersionAsync("catalog", default));
        await ChangeAsync(a, "repository/r");
        Assert.NotEqual(repository, await b.VersionAsync("repository/r", default));
        Assert.Equal(list, await b.VersionAsync("catalog", default));
    }

    [Fact]
    public async Task A_change_that_fails_half_way_is_waited_for_and_counts()
    {
        long began = Stopwatch.GetTimestamp();
        await using (IRegistryLock held = await a.EnterAsync("repository/r", default)) await held.BeginChangeAsync();
        await using IRegistryLock next = await b.EnterAsync("repository/r", default);
        Assert.InRange(Stopwatch.GetElapsedTime(began), Settling, TimeSpan.MaxValue);
        Assert.NotEqual(0, await b.VersionAsync("repository/r", default));
    }

    [Fact]
    public async Task A_change_is_to_stop_before_others_go_on()
    {
        await using IRegistryLock held = await a.EnterAsync("repository/r", default);
        long began = Stopwatch.GetTimestamp();
        CancellationToken late = await held.BeginChangeAsync();
        Assert.False(late.IsCancellationRequested);
        Condition.Await("the change to be late", () => late.IsCancellationRequested);
        Assert.InRange(Stopwatch.GetElapsedTime(began), Settling / 2 - TimeSpan.FromMilliseconds(50), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_watch_hears_of_marks_from_its_beginning_on()
    {
        await MarkAsync(a, "before");
        await using IMarkWatch watch = await b.WatchAsync(default);
        await MarkAsync(a, "after");
        await MarkAsync(a, "twice");
        await MarkAsync(a, "twice");
        foreach ((string name, bool isSeen) in ((string, bool)[])[("before", false), ("after", true), ("twice", true), ("never", false)])
            Assert.True(isSeen == await watch.HasSeenAsync(name, default), name);
    }

    [Theory]
    [InlineData("Host=/nowhere;Username=u;Password=a-secret", ErrorKind.Unavailable)]
    [InlineData("Odd=a-secret", ErrorKind.InvalidArgument)]
    public async Task A_database_that_is_not_there_is_told_without_its_password(string connection, ErrorKind kind)
    {
        KeelsonException error = await Assert.ThrowsAsync<KeelsonException>(() => PostgresCoordinator.OpenAsync(new() { Connection = connection }));
        Assert.Equal(kind, error.Kind);
        Assert.DoesNotContain("a-secret", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task ChangeAsync(PostgresCoordinator coordinator, string name)
    {
        await using IRegistryLock held = await coordinator.EnterAsync(name, default);
        await held.BeginChangeAsync();
        await held.EndChangeAsync();
    }

    private static async Task MarkAsync(PostgresCoordinator coordinator, string name)
    {
        await using IRegistryLock held = await coordinator.EnterAsync(name, default);
        await held.MarkAsync();
    }

    private Task<PostgresCoordinator> OpenAsync(string? other = null) =>
        PostgresCoordinator.OpenAsync(new() { Connection = server.Connection, Store = other ?? store, Settling = Settling });
}
