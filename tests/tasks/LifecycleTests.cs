using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Tasks.Tests.Support;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Tasks.Tests;

/// <summary>What happens to a task from its creation to its deletion.</summary>
public class LifecycleTests
{
    private const string Space = EngineUnderTest.Space;

    [PublishedFact]
    public async Task A_task_is_created_started_awaited_and_deleted_and_each_step_is_listed()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle().Shell("sleep 0.2; exit 7")));
        Assert.Equal(TaskStatus.Created, task.Listed);
        Assert.Equal(task.Pid, await engine.Tasks.StartAsync(Space, task.Id));
        Assert.Equal(TaskStatus.Running, task.Listed);

        ExitResponse exit = await task.WaitAsync();

        Assert.Equal(7, exit.ExitStatus);
        Assert.Equal(TaskStatus.Stopped, task.Listed);
        Assert.Equal((TaskStatus.Stopped, 7), ((await engine.Tasks.StateAsync(Space, task.Id)).Status, engine.Tasks.List(Space).Single().ExitStatus));
        ExitResponse deleted = await engine.Tasks.DeleteAsync(Space, task.Id);
        Assert.Equal((task.Pid, 7), (deleted.Pid, deleted.ExitStatus));
        Assert.Null(task.Listed);
        engine.AwaitEvent("delete " + task.Id);
        Assert.Equal([.. ((string[])["create", "start", "exit", "delete"]).Select(what => $"{what} {task.Id}")], engine.Events());
        Assert.Empty(engine.Failures);
    }

    [PublishedFact]
    public async Task Tasks_end_with_the_machine_by_themselves_or_by_force()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask hears = await engine.StartTaskAsync(engine.Runtime.Bundle().Shell("trap 'exit 5' TERM; while :; do sleep 0.1; done")), frozen = await engine.StartTaskAsync(engine.Runtime.Bundle().Shell("trap 'exit 6' TERM; while :; do sleep 0.1; done"), space: "other");
        EngineTask deaf = await engine.StartSleepingAsync("other"), created = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("true")));
        await engine.Tasks.PauseAsync("other", frozen.Id);

        await engine.Engine.StopContainersAsync();

        ExitResponse[] exits = await Task.WhenAll(hears.WaitAsync(), frozen.WaitAsync(), deaf.WaitAsync(), created.WaitAsync());
        Assert.Equal([5, 6, 137, 137], exits.Select(exit => exit.ExitStatus));
        Assert.Empty(engine.Failures);
        foreach (EngineTask task in (EngineTask[])[hears, frozen, deaf, created]) await engine.Tasks.DeleteAsync(task.Space, task.Id);
    }

    [PublishedFact]
    public async Task A_name_that_is_taken_and_one_that_is_none_are_refused()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("true"), task.Id)))).Kind);
        foreach (string name in (string[])["", "../x", "a/b", "-a", ".a", "a\n", new('a', 77)])
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("true"), name)))).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("true")), ".."))).Kind);
        Assert.Equal([task.Id], Directory.GetFileSystemEntries(engine.Bundles).Select(Path.GetFileName));
    }

    [PublishedFact]
    public async Task Many_creations_of_one_name_at_once_make_one_task()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        Task<EngineTask>[] tries = [.. Enumerable.Range(0, 8).Select(_ => engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000"), "one")))];
        await Assert.ThrowsAsync<KeelsonException>(() => Task.WhenAll(tries));
        Assert.Equal(1, tries.Count(one => one.IsCompletedSuccessfully));
        Assert.All(tries.Where(one => one.IsFaulted), one => Assert.Equal(ErrorKind.AlreadyExists, ((KeelsonException)one.Exception!.InnerException!).Kind));
    }

    [PublishedFact]
    public async Task What_is_not_there_is_not_found()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        Func<Task>[] calls =
        [
            () => engine.Tasks.StateAsync(Space, "none"), () => engine.Tasks.StartAsync(Space, "none"), () => engine.Tasks.WaitAsync(Space, "none"), () => engine.Tasks.KillAsync(Space, "none", 9),
            () => engine.Tasks.DeleteAsync(Space, "none"), () => engine.Tasks.StateAsync("other", task.Id), () => engine.Tasks.StateAsync(Space, task.Id, "none"), () => engine.Tasks.WaitAsync(Space, task.Id, "none"),
            () => engine.Tasks.DeleteAsync(Space, task.Id, "none"),
        ];
        foreach (Func<Task> call in calls) Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAnyAsync<KeelsonException>(call)).Kind);
        Assert.Equal("task none not found", (await Assert.ThrowsAnyAsync<KeelsonException>(calls[0])).Message);
    }

    [PublishedFact]
    public async Task A_creation_that_fails_leaves_nothing_and_its_name_is_free()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        KeelsonException e = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("nowhere"), "one")));
        Assert.Contains("executable file not found in $PATH", e.FullMessage, StringComparison.Ordinal);
        Assert.Empty(engine.Tasks.List(Space));
        Assert.Empty(Directory.GetFileSystemEntries(engine.Bundles));
        Assert.Empty(Directory.GetFileSystemEntries($"{engine.Root}/io.containerd.runtime.v2.task/{Space}"));
        await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000"), "one"));
    }

    [PublishedFact]
    public async Task A_creation_that_is_given_up_leaves_nothing()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        using CancellationTokenSource cancel = new();
        Task<int> creation = engine.Tasks.CreateAsync(Space, engine.Definition(engine.Runtime.Bundle("sleep", "1000").Hook("createRuntime", "sleep 0.5"), "one"), cancel.Token);
        Condition.Await("the bundle", () => File.Exists(engine.Bundles + "/one/address"));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => creation);
        Condition.Await("the bundle is gone", () => Directory.GetFileSystemEntries(engine.Bundles).Length == 0);
        Assert.Empty(engine.Tasks.List(Space));
    }

    [PublishedFact]
    public async Task Processes_are_added_started_awaited_and_deleted()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        int pid = await task.ExecAsync("e", "sh", "-c", "sleep 0.2; exit 3");
        TaskProcess added = Assert.Single(await engine.Tasks.ProcessesAsync(Space, task.Id), process => process.Pid == pid);
        Assert.Equal("containerd.runc.v1.ProcessDetails", added.Details!.TypeName);

        Assert.Equal(3, (await task.WaitAsync("e")).ExitStatus);
        Assert.Equal(3, (await engine.Tasks.DeleteAsync(Space, task.Id, "e")).ExitStatus);

        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Tasks.DeleteAsync(Space, task.Id, "e"))).Kind);
        Assert.Equal(TaskStatus.Running, task.Listed);
        await task.ExecAsync("twice", "sleep", "1000");
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAnyAsync<KeelsonException>(() => task.ExecAsync("twice", "true"))).Kind);
        await engine.Tasks.KillAsync(Space, task.Id, Signals.SIGTERM, "twice");
        Assert.Equal(128 + Signals.SIGTERM, (await task.WaitAsync("twice")).ExitStatus);
    }

    [PublishedFact]
    public async Task A_task_is_paused_resumed_measured_and_limited()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        await engine.Tasks.PauseAsync(Space, task.Id);
        Assert.Equal(TaskStatus.Paused, task.Listed);
        await engine.Tasks.ResumeAsync(Space, task.Id);
        Assert.Equal(TaskStatus.Running, task.Listed);
        engine.AwaitEvent("resumed " + task.Id);
        Assert.Equal(TaskStatus.Running, task.Listed);
        Assert.Matches("Metrics$", (await engine.Tasks.StatsAsync(Space, task.Id)).TypeName);
        await engine.Tasks.UpdateAsync(Space, new(task.Id, new("", """{"pids":{"limit":77}}"""u8.ToArray())));
        Assert.Contains(CgroupTree.Hierarchies, tree => File.Exists($"{tree}{engine.Runtime.Cgroup}") is false && Directory.Exists(tree + engine.Runtime.Cgroup)
            && Directory.GetFiles(tree + engine.Runtime.Cgroup, "pids.max", SearchOption.AllDirectories).Any(file => File.ReadAllText(file) == "77\n"));
    }

    [PublishedFact]
    public async Task A_running_task_is_not_deleted_and_an_ended_one_is_not_killed()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask task = await engine.StartSleepingAsync();
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Tasks.DeleteAsync(Space, task.Id))).Kind);
        Assert.Equal(TaskStatus.Running, task.Listed);
        await engine.Tasks.KillAsync(Space, task.Id, Signals.SIGKILL);
        Assert.Equal(137, (await task.WaitAsync()).ExitStatus);
        KeelsonException e = await Assert.ThrowsAnyAsync<KeelsonException>(() => engine.Tasks.KillAsync(Space, task.Id, Signals.SIGKILL));
        Assert.Equal((ErrorKind.NotFound, "process already finished"), (e.Kind, e.Message));
    }

    [PublishedFact]
    public async Task Two_namespaces_have_tasks_of_the_same_name()
    {
        await using EngineUnderTest engine = await EngineUnderTest.StartAsync();
        EngineTask one = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000"), "same"));
        EngineTask two = await engine.CreateAsync(engine.Definition(engine.Runtime.Bundle("sleep", "1000"), "same"), "other");
        Assert.NotEqual(one.Pid, two.Pid);
        await two.EndAsync();
        Assert.Equal(TaskStatus.Created, one.Listed);
    }
}
