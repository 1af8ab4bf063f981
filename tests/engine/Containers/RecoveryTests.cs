using System.Globalization;
using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

public sealed class RecoveryTests
{
    [RootFact]
    public async Task Running_containers_are_known_again_with_their_streams()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "echo first; while read line; do echo got $line; done"], settings => settings with { OpenStdin = true }, name: "stays");
        await LifecycleTests.AwaitLogAsync(test, id, "first\n");
        int pid = test.Service.Get(id).State.Pid;
        await test.ReopenAsync();
        Assert.Equal((pid, Status.Running, "stays"), (test.Service.Get("stays").State.Pid, test.Service.Get(id).State.Status, test.Service.Get(id).Name));
        await using (IAttachedStreams streams = await test.Service.AttachAsync(id, new() { Stdin = true })) await streams.WriteAsync("input\n"u8.ToArray());
        await LifecycleTests.AwaitLogAsync(test, id, "got input\n");
        Assert.Equal("first\ngot input\n", await test.LogAsync(id));
        await test.Service.StopAsync(id, TimeSpan.Zero);
        Assert.Equal(137, test.Service.Get(id).State.ExitCode);
    }

    [RootFact]
    public async Task What_was_mounted_read_only_is_so_after_the_engine_was_opened_again()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["sh", "-c", "touch /ro/x 2> /dev/null && echo written; touch /rw/x && echo there"], host: new() { Binds = [test.Folder + ":/ro:ro", "data:/rw"] });
        await test.ReopenAsync();
        Assert.Equal([("/ro", false), ("/rw", true)], test.Service.Get(id).Mounts.Select(mount => (mount.Destination, mount.IsWritable)).Order());
        await test.Service.StartAsync(id);
        await test.Service.WaitAsync(id);
        Assert.Equal("there\n", await test.LogAsync(id));
    }

    [RootFact]
    public async Task What_ended_while_the_engine_was_closed_is_put_right()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string ends = await test.RunAsync(["sh", "-c", "read line < /go; echo last words; exit 9"], host: new() { Binds = [Fifo(test) + ":/go"] });
        string removed = await test.RunAsync(["sleep", "1000"], host: new() { AutoRemove = true });
        string always = await test.RunAsync(["sleep", "1000"], host: new() { RestartPolicy = new() { Name = "always" } });
        string unless = await test.RunAsync(["sleep", "1000"], host: new() { RestartPolicy = new() { Name = "unless-stopped" } });
        await test.Service.StopAsync(unless, TimeSpan.Zero);
        int[] pids = [test.Service.Get(ends).State.Pid, test.Service.Get(removed).State.Pid, test.Service.Get(always).State.Pid];
        await test.Engine.DisposeAsync();
        File.WriteAllText(test.Folder + "/go", "\n");
        Processes.TryKill(pids[1], Signals.SIGKILL);
        Processes.TryKill(pids[2], Signals.SIGKILL);
        // The shim may reap it between two looks.
        foreach (int pid in pids)
            Condition.Await("the end of a process", () => Files.TryReadAll($"/proc/{pid}/stat", out ReadOnlyMemory<byte> stat) != Errno.None || stat.Span.IndexOf(") Z "u8) >= 0);
        await test.OpenAsync();
        test.Await(ends, "the end of the first", info => info.State is { Status: Status.Exited, ExitCode: 9 });
        Assert.Equal("last words\n", await test.LogAsync(ends));
        test.Await(always, "the restart", info => info.State.Status == Status.Running && info.State.Pid != pids[2]);
        Condition.Await("the removal", () => test.Service.List().All(info => info.Id != removed));
        Assert.Equal(Status.Exited, test.Service.Get(unless).State.Status);
    }

    [RootFact]
    public async Task Containers_end_with_the_machine_and_those_whose_policies_say_so_start_with_the_next_engine()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string[] counts = ["sh", "-c", "trap 'echo ended; exit 3' TERM; echo started; while :; do sleep 0.1; done"];
        async Task<string> Run(string name, string policy, string script = "")
        {
            string id = await test.RunAsync(script.Length > 0 ? ["sh", "-c", script] : counts, host: new() { RestartPolicy = new() { Name = policy } }, name: name);
            if (script.Length == 0) await LifecycleTests.AwaitLogAsync(test, id, "started\n");
            return id;
        }
        foreach (string policy in (string[])["no", "always", "unless-stopped", "on-failure"]) await Run(policy, policy);
        await Run("succeeded", "on-failure", "trap 'exit 0' TERM; while :; do sleep 0.1; done");
        await test.Service.StopAsync(await Run("stopped", "unless-stopped"));
        await test.Service.PauseAsync(await Run("frozen", "no"));
        // It waits for its next start most of the time.
        string restarting = await Run("restarting", "always", "exit 1");
        test.Await(restarting, "a wait of half a second", info => info.State.RestartCount >= 3);
        Dictionary<string, int> pids = test.Service.List().ToDictionary(info => info.Name, info => info.State.Pid);
        Assert.Equal(TimeSpan.FromSeconds(20), test.Engine.StopLimit);

        await test.Engine.StopContainersAsync();

        Assert.All(test.Service.List(), info => Assert.False(info.State.IsRunning, info.Name));
        foreach (string name in (string[])["no", "always", "unless-stopped", "on-failure", "frozen"]) Assert.Equal((name, 3, "started\nended\n"), (name, test.Service.Get(name).State.ExitCode, await test.LogAsync(name)));
        Assert.Equal(Status.Restarting, test.Service.Get("always").State.Status);
        await test.ReopenAsync();
        foreach (string name in (string[])["always", "unless-stopped", "on-failure"]) test.Await(name, "the start of " + name, info => info.State.Status == Status.Running && info.State.Pid != pids[name]);
        test.Await(restarting, "the next start", info => info.State.RestartCount >= 3);
        foreach (string name in (string[])["no", "succeeded", "stopped", "frozen"]) Assert.Equal((name, Status.Exited), (name, test.Service.Get(name).State.Status));
        Assert.Empty(test.Failures);
    }

    [RootFact]
    public async Task A_container_that_does_not_hear_its_signal_is_killed_when_its_time_is_over()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string deaf = await test.RunAsync(["sleep", "1000"], settings => settings with { StopTimeoutSeconds = 1 });
        Assert.Equal(TimeSpan.FromSeconds(11), test.Engine.StopLimit);
        await test.Engine.StopContainersAsync();
        Assert.Equal((Status.Exited, 137), (test.Service.Get(deaf).State.Status, test.Service.Get(deaf).State.ExitCode));
        string patient = await test.RunAsync(["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"], settings => settings with { StopTimeoutSeconds = -1 });
        Assert.Equal(Timeout.InfiniteTimeSpan, test.Engine.StopLimit);
    }

    [RootFact]
    public async Task A_shim_that_is_stopped_delays_no_list()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"]);
        int shim = int.Parse(File.ReadAllText($"/proc/{test.Service.Get(id).State.Pid}/status").Split('\n').First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..], CultureInfo.InvariantCulture);
        Processes.TryKill(shim, Signals.SIGSTOP);
        try
        {
            Task stopping = test.Service.StopAsync(id, TimeSpan.FromMinutes(1));
            long start = TimeProvider.System.GetTimestamp();
            Assert.Single(test.Service.List());
            Assert.Equal(id, test.Service.Get(id).Id);
            Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds, 0, 500);
            Processes.TryKill(shim, Signals.SIGCONT);
            Processes.TryKill(test.Service.Get(id).State.Pid, Signals.SIGKILL);
            await stopping;
        }
        finally
        {
            Processes.TryKill(shim, Signals.SIGCONT);
        }
    }

    [RootTheory]
    [InlineData("create record", 0)]
    [InlineData("create snapshot", 0)]
    [InlineData("create task", 1)]
    [InlineData("start task", 1)]
    [InlineData("change Running", 1)]
    [InlineData("exit", 1)]
    [InlineData("delete task", 1)]
    [InlineData("change Exited", 1)]
    [InlineData("delete record", 1)]
    [InlineData("delete files", 0)]
    public async Task A_daemon_that_is_killed_at_a_step_is_consistent_again(string step, int left)
    {
        string folder = TestDirectory.Make("killed");
        await using (ContainersUnderTest first = await ContainersUnderTest.StartAsync(folder)) await first.ImportAsync(ContainersUnderTest.Image, config => config);
        // Nobody else ends a process so: the step was reached.
        Assert.Equal(128 + Signals.SIGKILL, ChildProcess.Run([Environment.ProcessPath!, "containers", folder, step]).ExitCode);
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(folder);
        // One that was made and never told of may be there, in a state that anybody can remove.
        Condition.Await($"all containers at rest; {string.Join('\n', test.Failures)}", () => test.Service.List().All(info => info.State.Status is Status.Created or Status.Exited) && test.Engine.Tasks.List(test.Service.Namespace).Count == 0);
        Assert.InRange(test.Service.List().Count, 0, Math.Max(left, 1));
        foreach (ContainerInfo info in test.Service.List())
        {
            if (await test.Service.StartAsync(info.Id)) Assert.Equal(0, (await test.Service.WaitAsync(info.Id)).ExitCode);
            await test.Service.RemoveAsync(info.Id, volumes: true);
        }
        await test.Engine.Database.Collector.CollectAsync();
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal(1, test.SnapshotDirectories);
        Assert.Empty(Directory.GetDirectories(folder + "/root/containers"));
        Assert.Empty(Directory.GetDirectories(folder + "/run/containers"));
    }

    [RootTheory]
    [InlineData("open networks")]
    [InlineData("create task")]
    [InlineData("start task")]
    [InlineData("change Running")]
    [InlineData("exit")]
    [InlineData("delete task")]
    [InlineData("change Exited")]
    public async Task A_daemon_that_is_killed_at_a_step_leaves_no_part_of_a_network(string step)
    {
        string folder = TestDirectory.Make("killed"), place = folder + "/net";
        SandboxNamespace.Make(place);
        try
        {
            string Host(params string[] command) => ChildProcess.Run(["nsenter", "--net=" + place, .. command]).Succeeds().Stdout;
            string Links() => string.Join(' ', Host("ip", "-br", "link").Split('\n').Select(line => line.Split(' ')[0]));
            string rules, links;
            await using (ContainersUnderTest first = await ContainersUnderTest.StartAsync(folder, place: place))
            {
                await first.ImportAsync(ContainersUnderTest.Image, config => config);
                (rules, links) = (Host("nft", "list", "ruleset"), Links());
            }
            Assert.Equal(128 + Signals.SIGKILL, ChildProcess.Run([Environment.ProcessPath!, "containers", folder, step, place]).ExitCode);
            await using (ContainersUnderTest test = await ContainersUnderTest.StartAsync(folder, place: place))
            {
                Condition.Await($"all containers at rest; {string.Join('\n', test.Failures)}", () => test.Service.List().All(info => info.State.Status is Status.Created or Status.Exited) && test.Engine.Tasks.List(test.Service.Namespace).Count == 0);
                Assert.Equal((rules, links), (Host("nft", "list", "ruleset"), Links()));
                Assert.Empty(Directory.GetFiles(folder + "/run/networks/netns"));
                Assert.Empty(Directory.GetFiles(folder + "/run/networks/sandboxes"));
                foreach (ContainerInfo info in test.Service.List())
                {
                    // Its address and its port are free.
                    if (await test.Service.StartAsync(info.Id)) Assert.Equal(0, (await test.Service.WaitAsync(info.Id)).ExitCode);
                    await test.Service.RemoveAsync(info.Id, volumes: true);
                }
                Assert.Equal((rules, links), (Host("nft", "list", "ruleset"), Links()));
            }
        }
        finally
        {
            SandboxNamespace.Remove(place);
        }
    }

    private static string Fifo(ContainersUnderTest test)
    {
        string path = test.Folder + "/go";
        Linux.ErrnoExtensions.ThrowIfError(Files.TryMakeNode(path, FileStatus.S_IFIFO | 0b110_000_000), "mkfifo", path);
        return path;
    }
}
