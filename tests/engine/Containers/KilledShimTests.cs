using System.Globalization;
using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

/// <summary>Shims that are killed or stopped under containers with names, logs and restart policies.</summary>
public sealed class KilledShimTests
{
    [RootTheory]
    [InlineData("create task")]
    [InlineData("start task")]
    [InlineData("change Running")]
    [InlineData("exit")]
    [InlineData("delete task")]
    [InlineData("change Exited")]
    public async Task A_shim_that_is_killed_at_a_step_leaves_containers_that_start_again(string step)
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string other = await test.RunAsync(["sleep", "1000"]), always = await test.RunAsync(["sleep", "1000"], host: new() { RestartPolicy = new() { Name = "always" } });
        int before = test.Service.Get(always).State.Pid, shim = ShimOf(test, other), kills = 0;
        string id = await test.CreateAsync(["sh", "-c", "echo line; sleep 0.1"]);
        test.Step = reached =>
        {
            if (reached == step && Interlocked.Increment(ref kills) == 1) Processes.TryKill(shim, Signals.SIGKILL).ThrowIfError("kill", "shim");
        };

        // Whether the start still comes to its end is the race that is looked for.
        _ = await Record.ExceptionAsync(() => test.Service.StartAsync(id));

        test.Await(id, "the container at rest", info => info.State.Status is Status.Created or Status.Exited);
        test.Await(other, "the end of the other", info => info.State is { Status: Status.Exited, ExitCode: 137 });
        test.Await(always, "the restart", info => info.State.Status == Status.Running && info.State.Pid != before);
        Assert.True(kills > 0);
        test.Step = null;
        Assert.True(await test.Service.StartAsync(other));
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        Assert.True(await test.Service.StartAsync(id));
        Assert.Equal(0, (await end).ExitCode);
        Assert.EndsWith("line\n", await test.LogAsync(id), StringComparison.Ordinal);
        foreach (string one in (string[])[id, other, always]) await test.Service.RemoveAsync(one, force: true);
        Assert.Empty(test.Engine.Tasks.List(test.Service.Namespace));
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal(1, test.SnapshotDirectories);
        Assert.DoesNotContain(test.Folder + "/run", File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_shim_that_hangs_holds_up_its_own_containers_alone()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string hung = await test.RunAsync(["sleep", "1000"]);
        int shim = ShimOf(test, hung);
        Processes.TryKill(shim, Signals.SIGSTOP).ThrowIfError("stop", "shim");
        try
        {
            string other = await test.RunAsync(["sleep", "1000"]);
            Assert.Equal((0, "in\n"), await test.ExecAsync(other, new() { Cmd = ["echo", "in"] }));
            Assert.Equal((3, "new\n"), await test.FinishAsync("echo new; exit 3"));
            await test.Service.RemoveAsync(other, force: true);
            Assert.Equal((hung, Status.Running), (Assert.Single(test.Service.List()).Id, test.Service.Get(hung).State.Status));
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        Assert.Equal((0, "back\n"), await test.ExecAsync(hung, new() { Cmd = ["echo", "back"] }));
    }

    private static int ShimOf(ContainersUnderTest test, string id) =>
        int.Parse(File.ReadAllLines($"/proc/{test.Service.Get(id).State.Pid}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
}
