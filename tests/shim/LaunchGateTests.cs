using Keelson.Shim.Loop;
using Keelson.Shim.Tasks;

namespace Keelson.Shim.Tests;

public class LaunchGateTests
{
    [Fact]
    public void So_many_go_at_once_and_the_others_follow_in_order()
    {
        List<string> order = [];
        OnLoop(async loop =>
        {
            LaunchGate gate = new(loop, 2);
            IDisposable first = await gate.EnterAsync(), second = await gate.EnterAsync();
            Task[] others = [.. Enumerable.Range(3, 3).Select(number => EnterAsync(gate, number))];
            Assert.Empty(order);
            second.Dispose();
            second.Dispose();
            first.Dispose();
            await Task.WhenAll(others);
        });
        Assert.Equal(["3", "4", "5"], order);

        async Task EnterAsync(LaunchGate gate, int number)
        {
            using IDisposable place = await gate.EnterAsync();
            order.Add($"{number}");
        }
    }

    [Fact]
    public void One_that_takes_long_does_not_hold_the_others_up() => OnLoop(async loop =>
    {
        LaunchGate gate = new(loop, 1);
        IDisposable hangs = await gate.EnterAsync();
        using (await gate.EnterAsync()) { }
        hangs.Dispose();
        using IDisposable one = await gate.EnterAsync();
        Assert.False(gate.EnterAsync().IsCompleted);
    });

    /// <summary>Runs something on a loop of its own thread, to its end.</summary>
    private static void OnLoop(Func<EventLoop, Task> test)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            using EventLoop loop = new(TimeProvider.System);
            loop.Post(_ => _ = RunAsync(), null);
            loop.Run();

            async Task RunAsync()
            {
                try
                {
                    await test(loop);
                }
                catch (Exception e)
                {
                    failure = e;
                }
                loop.Stop();
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) throw new InvalidOperationException("on the loop", failure);
    }
}
