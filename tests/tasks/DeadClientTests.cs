using Keelson.Shim.Api;
using Keelson.Tasks.Tests.Support;

namespace Keelson.Tasks.Tests;

/// <summary>Clients that go away. Descriptors of this process are counted, so nothing else may run meanwhile.</summary>
[Collection("alone")]
public class DeadClientTests
{
    private const string Space = EngineUnderTest.Space;

    [PublishedFact]
    public Task A_thousand_clients_that_go_away_leave_nothing() => ManyDeadClientsAsync(1000);

    [PublishedFact]
    [Trait("suite", "soak")]
    public Task Ten_thousand_clients_that_go_away_leave_nothing() => ManyDeadClientsAsync(10_000);

    /// <summary>CVE-2022-23471, CVE-2025-64329: clients that add a process, start it, wait for it, and are gone before it ends.</summary>
    private static async Task ManyDeadClientsAsync(int count)
    {
        const int AtOnce = 20;
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        StdioPaths stdio = new(engine.Fifo("in"), engine.Fifo("out"), engine.Fifo("err"), false);
        int shim = engine.ShimOf(task);
        await RoundAsync(-AtOnce);
        (int own, int theirs, long memory) = (Descriptors("self"), Descriptors(shim), Memory());
        for (int first = 0; first < count; first += AtOnce) await RoundAsync(first);
        Condition.Await("the shim has closed all", () => Descriptors(shim) <= theirs);
        Assert.InRange(Descriptors("self"), 0, own + 4);
        Assert.InRange(Memory() - memory, long.MinValue, 2 << 20);

        async Task RoundAsync(int first) => await Task.WhenAll(Enumerable.Range(first + AtOnce, AtOnce).Select(async i =>
        {
            string id = "e" + i;
            await task.AddAsync(id, stdio, "true");
            await engine.Tasks.StartAsync(Space, task.Id, id);
            using CancellationTokenSource gone = new();
            Task abandoned = engine.Tasks.WaitAsync(Space, task.Id, id, gone.Token), first = engine.Tasks.WaitAsync(Space, task.Id, "", gone.Token);
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
            await Task.WhenAny(abandoned);
            await task.WaitAsync(id);
        }));

        static int Descriptors(object process) => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length;

        static long Memory()
        {
            // Twice: what finalizers held goes with the second collection.
            _ = GC.GetTotalMemory(forceFullCollection: true);
            GC.WaitForPendingFinalizers();
            return GC.GetTotalMemory(forceFullCollection: true);
        }
    }
}

/// <summary>Tests beside which nothing runs.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class AloneCollection;
