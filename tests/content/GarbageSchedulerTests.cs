using Keelson.Oci;

namespace Keelson.Content.Tests;

public sealed class GarbageSchedulerTests : StoreTest
{
    // The scheduler waits by this clock's timers, which are those of the machine.
    private static readonly GarbageSchedulerOptions Quiet = new() { MutationThreshold = 0 };

    [Fact]
    public async Task A_synchronous_collection_runs_whatever_the_thresholds_say()
    {
        await using GarbageScheduler scheduler = new(Database, Quiet);
        await PutAsync([1]);
        Assert.Single((await scheduler.CollectAsync()).Removed);
    }

    [Fact]
    public async Task Deletions_beyond_the_threshold_collect()
    {
        await using GarbageScheduler scheduler = new(Database, Quiet with { DeletionThreshold = 2, StartupDelay = TimeSpan.FromHours(1) });
        await scheduler.CollectAsync();
        Digest digest = await PutAsync([1]);
        await Database.Content("default").DeleteAsync(digest);
        await Database.Content("default").UpdateAsync(new(await PutAsync([2]), 0));
        Condition.Await("the collection", () => BlobFiles.Length == 0);
    }

    [Fact]
    public async Task Mutations_beyond_the_threshold_collect_when_one_of_them_made_garbage()
    {
        TaskCompletionSource first = new();
        int collections = 0;
        await using GarbageScheduler scheduler = new(Database, new() { MutationThreshold = 5, StartupDelay = TimeSpan.Zero });
        scheduler.Collected = _ =>
        {
            Interlocked.Increment(ref collections);
            first.TrySetResult();
        };
        await scheduler.CollectAsync();
        int before = Volatile.Read(ref collections);
        for (int i = 0; i < 10; i++) await Database.Namespaces.CreateAsync($"n{i}");
        await Database.Images("n0").CreateAsync(new("i", new("t", Digest.Of([1]), 1)));
        await Database.Images("n0").DeleteAsync("i");
        Condition.Await("the collection", () => Volatile.Read(ref collections) > before);
    }

    [Fact]
    public async Task What_becomes_due_while_the_scheduler_rests_is_collected_afterwards()
    {
        await using GarbageScheduler scheduler = new(Database, Quiet with { DeletionThreshold = 1, PauseThreshold = 0.005, StartupDelay = TimeSpan.FromHours(1) });
        await Database.Leases("default").CreateAsync("lease");
        await PutAsync([1], lease: "lease");
        for (int i = 0; i < 2; i++) await scheduler.CollectAsync();   // the first one stands for that of the start, after which there is no rest
        Assert.Single(BlobFiles);
        await Database.Leases("default").DeleteAsync("lease");
        Condition.Await("the collection", () => BlobFiles.Length == 0);
    }

    [Fact]
    public async Task The_first_collection_comes_after_the_start()
    {
        await PutAsync([1]);
        await using GarbageScheduler scheduler = new(Database, new() { StartupDelay = TimeSpan.Zero });
        Condition.Await("the collection", () => BlobFiles.Length == 0);
    }

    [Theory]
    [InlineData(0.6)]
    [InlineData(-0.1)]
    public void A_share_out_of_range_is_InvalidArgument(double share) => Fails(ErrorKind.InvalidArgument, () => _ = new GarbageScheduler(Database, new() { PauseThreshold = share }));
}
