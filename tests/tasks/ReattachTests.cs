using System.Diagnostics;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Tasks.Tests.Support;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Tasks.Tests;

/// <summary>Engines that are restarted, shims that are killed, stopped or replaced.</summary>
public class ReattachTests
{
    private const string Space = EngineUnderTest.Space;

    [PublishedFact]
    public async Task Tasks_outlive_the_engine_with_their_processes()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask running = await engine.StartSleepingAsync(), paused = await engine.StartSleepingAsync(), created = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000")));
        await engine.Tasks.PauseAsync(Space, paused.Id);
        await running.ExecAsync("e", "sh", "-c", "sleep 0.5; exit 4");

        await engine.RestartAsync();

        Assert.Equal((TaskStatus.Running, TaskStatus.Paused, TaskStatus.Created), (running.Listed, paused.Listed, created.Listed));
        Assert.Equal(running.Pid, engine.Tasks.List(Space).Single(task => task.Id == running.Id).Pid);
        Assert.Equal(4, (await running.WaitAsync("e")).ExitStatus);
        await running.ExecAsync("after", "true");
        Assert.Equal(0, (await running.WaitAsync("after")).ExitStatus);
        await engine.Tasks.StartAsync(Space, created.Id);
        await engine.Tasks.ResumeAsync(Space, paused.Id);
        Assert.Equal((TaskStatus.Running, TaskStatus.Running), (paused.Listed, created.Listed));
        Assert.Empty(engine.Failures);
    }

    [PublishedFact]
    public async Task What_happens_while_the_engine_is_away_is_known_and_told_once()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartTaskAsync(engine.Runtime.Bundle().Shell("while [ ! -e /proc/self/root/tmp/none ]; do sleep 0.05; done"));
        await engine.Engine.DisposeAsync();
        Processes.TryKill(task.Pid, Signals.SIGTERM).ThrowIfError("kill", "task");
        Processes.TryKill(task.Pid, Signals.SIGKILL).ThrowIfError("kill", "task");
        Condition.Await("the end of the process", () => !Directory.Exists($"/proc/{task.Pid}"));

        await engine.OpenAsync();

        Assert.Equal(TaskStatus.Stopped, task.Listed);
        Assert.Equal(137, (await task.WaitAsync()).ExitStatus);
        engine.AwaitEvent("exit " + task.Id);
        await engine.RestartAsync();
        await engine.Tasks.DeleteAsync(Space, task.Id);
        engine.AwaitEvent("delete " + task.Id);
        Assert.Equal([.. ((string[])["create", "start", "exit", "delete"]).Select(what => $"{what} {task.Id}")], engine.Events());
    }

    [PublishedFact]
    public async Task A_shim_that_was_killed_while_the_engine_was_away_is_cleaned_up_after()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await StartMountedAsync(engine);
        int shim = engine.ShimOf(task);
        await engine.Engine.DisposeAsync();
        EngineUnderTest.KillShim(shim);

        await engine.WhileReapingAsync(engine.OpenAsync(), task.Pid);

        Gone(engine, task);
    }

    [PublishedFact]
    public async Task A_shim_that_is_killed_ends_its_tasks_and_who_waits_is_told()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await StartMountedAsync(engine);
        int other = await task.ExecAsync("e", "sleep", "1000");
        Task<ExitResponse> first = task.WaitAsync(), added = task.WaitAsync("e");

        EngineUnderTest.KillShim(engine.ShimOf(task));
        await engine.WhileReapingAsync(first, task.Pid, other);

        Assert.Equal((137, 137), ((await first).ExitStatus, (await added).ExitStatus));
        Gone(engine, task);
        // The name is free, and another shim is started.
        EngineTask again = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000"), task.Id));
        await engine.Tasks.StartAsync(Space, again.Id);
        Assert.Equal(TaskStatus.Running, again.Listed);
    }

    [PublishedFact]
    public async Task A_shim_that_hangs_delays_its_own_tasks_alone()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options => options with { StateLimit = TimeSpan.FromMilliseconds(300) });
        EngineTask hung = await StartAloneAsync(engine), well = await engine.StartSleepingAsync();
        int shim = engine.ShimOf(hung);
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        try
        {
            Task wait = hung.WaitAsync();
            long start = Stopwatch.GetTimestamp();
            Assert.Equal([TaskStatus.Running, TaskStatus.Running], engine.Tasks.List(Space).Select(task => task.Status));
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 100);
            Assert.Equal(TaskStatus.Running, (await engine.Tasks.StateAsync(Space, well.Id)).Status);
            KeelsonException late = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Tasks.StateAsync(Space, hung.Id));
            Assert.Equal(ErrorKind.Unavailable, late.Kind);
            EngineTask more = await engine.StartSleepingAsync();
            await more.EndAsync();
            Assert.False(wait.IsCompleted);
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        await hung.ExecAsync("e", "true");
    }

    [PublishedFact]
    public async Task A_shim_that_hangs_keeps_what_it_has_and_new_tasks_get_another_one()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options => options with { StateLimit = TimeSpan.FromMilliseconds(500) });
        EngineTask hung = await engine.StartSleepingAsync();
        int shim = engine.ShimOf(hung);
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        try
        {
            EngineTask[] others = await Task.WhenAll(engine.StartSleepingAsync(), engine.StartSleepingAsync(), engine.StartSleepingAsync());
            foreach (EngineTask other in others)
            {
                await other.ExecAsync("e", "true");
                Assert.NotEqual(shim, engine.ShimOf(other));
                await other.EndAsync();
            }
            Assert.Equal(TaskStatus.Running, hung.Listed);
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        await hung.ExecAsync("e", "true");
        await engine.RestartAsync();
        // It is found by its own socket still.
        Assert.Equal((TaskStatus.Running, 0), (hung.Listed, (await hung.WaitAsync("e")).ExitStatus));
        Assert.Equal(shim, engine.ShimOf(await engine.StartSleepingAsync()));
    }

    [PublishedFact]
    public async Task An_engine_starts_although_a_shim_hangs_and_knows_its_task_later()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync(options => options with { CleanupLimit = TimeSpan.FromMilliseconds(700) });
        EngineTask hung = await StartAloneAsync(engine), well = await engine.StartSleepingAsync();
        int shim = engine.ShimOf(hung);
        await engine.Engine.DisposeAsync();
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        Task<ExitResponse> wait;
        try
        {
            await engine.OpenAsync();
            Assert.Equal((TaskStatus.Unknown, TaskStatus.Running), (hung.Listed, well.Listed));
            wait = hung.WaitAsync();
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        Condition.Await("the task is known", () => hung.Listed == TaskStatus.Running);
        await hung.EndAsync();
        Assert.Equal(137, (await wait).ExitStatus);
    }

    [PublishedFact]
    public async Task An_impostor_at_the_shims_socket_is_told_nothing()
    {
        // Who can put a socket there is root's equal in files, but not the shim: the peer's user is checked.
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await StartAloneAsync(engine);
        int shim = engine.ShimOf(task);
        string socket = File.ReadAllText($"{engine.Bundles}/{task.Id}/address")["unix://".Length..];
        await engine.Engine.DisposeAsync();
        EngineUnderTest.KillShim(shim);
        File.Delete(socket);
        using ChildProcess impostor = OtherUserListener.Start(socket);
        Condition.Await("the impostor listens: " + impostor.Stderr, () => File.Exists(socket));

        await engine.WhileReapingAsync(engine.OpenAsync(), task.Pid);

        Condition.Await("the task is cleaned up", () => task.Listed is null);
        Assert.Contains(engine.Failures, failure => failure.Contains("user 1000 listens there", StringComparison.Ordinal));
        Assert.DoesNotContain("got", impostor.Stdout, StringComparison.Ordinal);
        File.Delete(socket);
    }

    [PublishedFact]
    public async Task Forty_tasks_are_known_again_within_a_second()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        for (int i = 0; i < 40; i++) await engine.StartSleepingAsync();
        await engine.Engine.DisposeAsync();
        long start = Stopwatch.GetTimestamp();

        await engine.OpenAsync();

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        Assert.Equal(40, engine.Tasks.List(Space).Count(task => task.Status == TaskStatus.Running));
        TestContext.Current.SendDiagnosticMessage($"40 tasks found again in {took.TotalMilliseconds} ms");
        Assert.InRange(took.TotalSeconds, 0, 1);
    }

    private static async Task<EngineTask> StartMountedAsync(EngineUnderTest engine)
    {
        EngineTask task = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000").Set("root.path", "rootfs")) with
        {
            Rootfs = [new("bind", BusyboxRootfs.Shared, "", ["rbind", "ro"])],
        });
        await engine.Tasks.StartAsync(Space, task.Id);
        // What a shim has not yet told when it is killed is lost.
        engine.AwaitEvent("start " + task.Id);
        Assert.Contains(engine.Bundles, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        return task;
    }

    /// <summary>A task with a shim of its own.</summary>
    private static Task<EngineTask> StartAloneAsync(EngineUnderTest engine) =>
        engine.StartTaskAsync(engine.Runtime.Bundle("sleep", "1000").With(config => config["annotations"] = new System.Text.Json.Nodes.JsonObject { ["io.keelson.shim.group"] = "" }));

    /// <summary>Nothing of the task is left, and its end was told.</summary>
    private static void Gone(EngineUnderTest engine, EngineTask task)
    {
        Condition.Await("the task is gone", () => task.Listed is null);
        engine.AwaitEvent("delete " + task.Id);
        Assert.Equal([.. ((string[])["create", "start", "exit", "delete"]).Select(what => $"{what} {task.Id}")], engine.Events().Where(what => !what.StartsWith("exec-", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(engine.Bundles));
        Assert.DoesNotContain(engine.Bundles, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{engine.Runtime.StateDirectory}/{Space}/{task.Id}"));
        Assert.False(EngineUnderTest.IsAlive(task.Pid));
    }
}
