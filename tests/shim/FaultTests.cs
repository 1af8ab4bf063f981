using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tests.Support;
using MountEntry = Keelson.Shim.Api.MountEntry;

namespace Keelson.Shim.Tests;

/// <summary>Daemons and shims that go away.</summary>
public class FaultTests
{
    [PublishedFact]
    public async Task Delete_cleans_up_after_a_shim_that_was_killed()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        BundleBuilder bundle = shim.Runtime.Bundle("sleep", "1000").Set("root.path", "rootfs");
        ShimTask task = await shim.CreateAsync(bundle, rootfs: [new MountEntry("bind", BusyboxRootfs.Shared, "", ["rbind", "ro"])]);
        await task.Client.StartAsync(task.Id);
        Processes.TryKill(shim.Shims.Single(), Signals.SIGKILL);
        Condition.Await("the end of the shim", () => !ShimUnderTest.IsAlive(shim.Shims.Single()));
        // The container's first process is adopted by the test program, which has to reap it for delete to see it gone.
        string answer = shim.Directory + "/answer";
        Task<CommandResult> delete = Task.Run(() => shim.RunTo(answer, bundle, task.Id, "-bundle", bundle.Directory, "delete"));
        while (!delete.IsCompleted) ShimUnderTest.IsAlive(task.Pid);
        (await delete).Succeeds();
        ExitResponse exit = ExitResponse.ParseDelete(File.ReadAllBytes(answer));
        Assert.Equal((task.Pid, 137), (exit.Pid, exit.ExitStatus));
        Assert.False(ShimUnderTest.IsAlive(task.Pid));
        Assert.DoesNotContain(bundle.Directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{shim.Runtime.StateDirectory}/test/{task.Id}"));
    }

    [PublishedFact]
    public async Task A_shim_that_was_killed_is_replaced()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        await shim.ConnectAsync(shim.Runtime.Bundle("true"), shim.Runtime.NewId());
        int first = shim.Shims.Single();
        Processes.TryKill(first, Signals.SIGKILL);
        Condition.Await("the end of the shim", () => !ShimUnderTest.IsAlive(first));
        ShimTask task = await shim.StartSleepingAsync();
        Assert.Equal(2, shim.Shims.Count);
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Delete_of_what_is_not_there_answers()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        BundleBuilder bundle = shim.Runtime.Bundle("true").Write();
        shim.Run(bundle, "never-was", "-bundle", bundle.Directory, "delete").Succeeds();
    }

    [PublishedFact]
    public async Task Events_wait_for_a_daemon_that_is_away_and_keep_their_order()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        shim.Events.Await("start");
        await shim.Events.StopAsync();
        for (int i = 0; i < 5; i++)
        {
            await task.ExecAsync($"e{i}", new StdioPaths("", "", "", false), "true");
            await task.Client.WaitAsync(task.Id, $"e{i}");
            await task.Client.DeleteAsync(task.Id, $"e{i}");
        }
        await shim.Events.StartAsync();
        shim.Events.Await("exit", 5);
        Assert.Equal(["create", "start", .. Enumerable.Repeat((string[])["exec-added", "exec-started", "exit"], 5).SelectMany(x => x)], shim.Events.Topics);
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_new_daemon_connects_and_the_task_goes_on()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        await using Ttrpc.TtrpcClient again = await Ttrpc.TtrpcClient.ConnectAsync(File.ReadAllText(task.Bundle.Directory + "/address"));
        TaskClient client = new(again);
        Assert.Equal(shim.Shims.Single(), await client.ConnectAsync(task.Id));
        Assert.Equal((Api.TaskStatus.Running, task.Pid), ((await client.StateAsync(task.Id)).Status, (await client.StateAsync(task.Id)).Pid));
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Orphans_in_the_containers_of_the_host_are_reaped()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("(sh -c 'exit 0' & exec true) ; (sleep 1000 &) ; sleep 1000").WithoutNamespace("pid"));
        await task.Client.StartAsync(task.Id);
        int pid = shim.Shims.Single();
        await task.EndAsync();
        Condition.Await("the shim has no children", () => !File.Exists($"/proc/{pid}/task/{pid}/children") || File.ReadAllText($"/proc/{pid}/task/{pid}/children").Length == 0);
        Assert.Empty(shim.Runtime.FindLeaks());
    }
}
