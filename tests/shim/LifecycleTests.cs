using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tests.Support;
using Keelson.Ttrpc;
using MountEntry = Keelson.Shim.Api.MountEntry;
using TaskStatus = Keelson.Shim.Api.TaskStatus;

namespace Keelson.Shim.Tests;

public class LifecycleTests
{
    private static readonly StdioPaths Nowhere = new("", "", "", false);

    [PublishedFact]
    public async Task A_task_is_created_started_killed_and_deleted()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle("sleep", "1000"));
        Assert.Equal(TaskStatus.Created, await task.StatusAsync());
        Assert.Equal(task.Pid, await task.Client.StartAsync(task.Id));
        Assert.Equal(TaskStatus.Running, await task.StatusAsync());
        Assert.Contains(await task.Client.ProcessesAsync(task.Id), process => process.Pid == task.Pid);
        ExitResponse exit = await task.EndAsync();
        Assert.Equal((task.Pid, 137), (exit.Pid, exit.ExitStatus));
        Assert.True(exit.ExitedAt > TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));
        shim.Events.Await("delete");
        Assert.Equal(["create", "start", "exit", "delete"], shim.Events.Topics);
        Condition.Await("the end of the shim", () => !ShimUnderTest.IsAlive(shim.Shims.Single()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(shim.Sockets));
    }

    [PublishedFact]
    public async Task The_real_runc_is_driven_the_same_way()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        shim.Options = new ShimOptions { BinaryName = "runc" };
        shim.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        string output = shim.Directory + "/out";
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("echo by runc; sleep 1000"), new StdioPaths("", "file://" + output, "", false));
        await task.Client.StartAsync(task.Id);
        Condition.Await("output", () => File.ReadAllText(output) == "by runc\n");
        Assert.True(Directory.Exists($"{shim.Runtime.StateDirectory}/test/{task.Id}"));
        await task.ExecAsync("more", Nowhere, "sh", "-c", "exit 9");
        Assert.Equal(9, (await task.Client.WaitAsync(task.Id, "more")).ExitStatus);
        await task.Client.DeleteAsync(task.Id, "more");
        Assert.Equal(137, (await task.EndAsync()).ExitStatus);
        shim.Events.Await("delete");
        Assert.Equal(["create", "start", "exec-added", "exec-started", "exit", "exit", "delete"], shim.Events.Topics);
    }

    [PublishedFact]
    public async Task The_end_of_a_short_process_is_told_after_its_start()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask keeper = await shim.StartSleepingAsync();
        for (int i = 0; i < 20; i++)
        {
            ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("exit 7"));
            await task.Client.StartAsync(task.Id);
            Assert.Equal(7, (await task.Client.WaitAsync(task.Id)).ExitStatus);
            await task.DeleteAsync();
        }
        shim.Events.Await("delete", 20);
        Assert.Equal(["create", "start", .. Enumerable.Repeat((string[])["create", "start", "exit", "delete"], 20).SelectMany(x => x)], shim.Events.Topics);
        await keeper.EndAsync();
    }

    [PublishedFact]
    public async Task Exec_tells_added_started_and_exit_and_its_status()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        int pid = await task.ExecAsync("one", Nowhere, "sh", "-c", "exit 3");
        ExitResponse exit = await task.Client.WaitAsync(task.Id, "one");
        Assert.Equal(3, exit.ExitStatus);
        StateResponse state = await task.Client.StateAsync(task.Id, "one");
        Assert.Equal((TaskStatus.Stopped, pid, 3, "one"), (state.Status, state.Pid, state.ExitStatus, state.ExecId));
        Assert.Equal(pid, (await task.Client.DeleteAsync(task.Id, "one")).Pid);
        shim.Events.Await("exit");
        Assert.Equal(["create", "start", "exec-added", "exec-started", "exit"], shim.Events.Topics);
        Assert.Equal((pid, 3), (shim.Events.Last("exit")[3], shim.Events.Last("exit")[4]));
        await FailsAsync(StatusCode.NotFound, "does not exist", () => task.Client.StateAsync(task.Id, "one"));
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task An_exec_that_runs_is_killed_alone()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        int pid = await task.ExecAsync("one", Nowhere, "sleep", "1000");
        Assert.Contains(await task.Client.ProcessesAsync(task.Id), process => process.Pid == pid);
        await FailsAsync(StatusCode.FailedPrecondition, "cannot delete a running process", () => task.Client.DeleteAsync(task.Id, "one"));
        await task.Client.KillAsync(task.Id, Signals.SIGKILL, "one");
        Assert.Equal(137, (await task.Client.WaitAsync(task.Id, "one")).ExitStatus);
        await FailsAsync(StatusCode.NotFound, "process already finished", () => task.Client.KillAsync(task.Id, Signals.SIGKILL, "one"));
        Assert.Equal(TaskStatus.Running, await task.StatusAsync());
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task Pause_stops_and_resume_goes_on()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        await task.Client.PauseAsync(task.Id);
        Assert.Equal(TaskStatus.Paused, await task.StatusAsync());
        await FailsAsync(StatusCode.FailedPrecondition, "paused", () => task.ExecAsync("one", Nowhere, "true"));
        await task.Client.ResumeAsync(task.Id);
        Assert.Equal(TaskStatus.Running, await task.StatusAsync());
        await task.EndAsync();
        shim.Events.Await("delete");
        Assert.Equal(["create", "start", "paused", "resumed", "exit", "delete"], shim.Events.Topics);
    }

    [PublishedFact]
    public async Task Errors_carry_the_words_that_callers_look_for()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        await FailsAsync(StatusCode.NotFound, "does not exist", () => task.Client.StateAsync("nobody"));
        await FailsAsync(StatusCode.FailedPrecondition, "cannot start", () => task.Client.StartAsync(task.Id));
        await FailsAsync(StatusCode.FailedPrecondition, "cannot delete a running process", () => task.Client.DeleteAsync(task.Id));
        await FailsAsync(null, "OCI runtime exec failed", () => task.ExecAsync("none", Nowhere, "nowhere"));
        await FailsAsync(null, "executable file not found in $PATH", async () => await task.Client.StartAsync(task.Id, await AddAsync(task, "again")));
        await FailsAsync(null, "executable file not found in $PATH", () => shim.CreateAsync(shim.Runtime.Bundle("nowhere")));
        await FailsAsync(StatusCode.InvalidArgument, "name", () => task.ExecAsync("../up", Nowhere, "true"));
        await task.Client.KillAsync(task.Id, Signals.SIGKILL);
        await task.Client.WaitAsync(task.Id);
        await FailsAsync(StatusCode.NotFound, "process already finished", () => task.Client.KillAsync(task.Id, Signals.SIGKILL));
        await task.DeleteAsync();
    }

    [PublishedFact]
    public async Task A_container_that_cannot_be_created_leaves_nothing()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        BundleBuilder bundle = shim.Runtime.Bundle("true").Set("ociVersion", "99.0.0");
        await Assert.ThrowsAsync<TtrpcException>(() => shim.CreateAsync(bundle));
        Assert.Empty(shim.Events.Topics);
    }

    [PublishedFact]
    public async Task Limits_are_changed_and_counted()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        await task.Client.UpdateAsync(new UpdateRequest(task.Id, new TypedMessage("types.containerd.io/opencontainers/runtime-spec/1/LinuxResources", """{"pids":{"limit":77}}"""u8.ToArray())));
        TypedMessage stats = await task.Client.StatsAsync(task.Id);
        Assert.StartsWith("io.containerd.cgroups.v", stats.TypeName, StringComparison.Ordinal);
        Assert.Equal(77, PidsLimit(stats));
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_root_file_system_is_mounted_and_unmounted()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        string upper = shim.Directory + "/upper", work = shim.Directory + "/work", output = shim.Directory + "/out";
        Directory.CreateDirectory(upper);
        Directory.CreateDirectory(work);
        BundleBuilder bundle = shim.Runtime.Bundle().Shell("echo new > /file; cat /file").Set("root.path", "rootfs").Set("root.readonly", false);
        ShimTask task = await shim.CreateAsync(bundle, new StdioPaths("", "file://" + output, "", false),
            [new MountEntry("overlay", "overlay", "", [$"lowerdir={BusyboxRootfs.Shared}", $"upperdir={upper}", $"workdir={work}"])]);
        await task.Client.StartAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        await task.DeleteAsync();
        Assert.Equal(("new\n", "new\n"), (File.ReadAllText(output), File.ReadAllText(upper + "/file")));
        Assert.DoesNotContain(bundle.Directory, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
    }

    [PublishedFact]
    public async Task A_root_of_more_layers_than_a_page_has_room_for_is_mounted()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        string layers = shim.Directory + "/" + new string('l', 60);
        string[] lower = [.. Enumerable.Range(0, 60).Select(i => $"{layers}/{i}")];
        foreach (string layer in lower) Directory.CreateDirectory(layer);
        File.WriteAllText(lower[^1] + "/deepest", "seen\n");
        foreach (string name in (string[])["bin", "proc", "dev", "sys", "etc"]) ChildProcess.Run(["cp", "-a", $"{BusyboxRootfs.Shared}/{name}", lower[0]]).Succeeds();
        string options = "lowerdir=" + string.Join(':', lower), output = shim.Directory + "/out";
        Assert.True(options.Length > 4096);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle("cat", "/deepest").Set("root.path", "rootfs"), new StdioPaths("", "file://" + output, "", false),
            [new MountEntry("overlay", "overlay", "", ["ro", options])]);
        await task.Client.StartAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        await task.DeleteAsync();
        Assert.Equal("seen\n", File.ReadAllText(output));
    }

    [CgroupFact]
    public async Task A_container_that_runs_out_of_memory_is_told_before_its_end()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        // The hook ends after the program: what is watched only when the start is over is missed.
        BundleBuilder bundle = Small(shim.Runtime.Bundle("tail", "/dev/zero")).SetJson("hooks", """{"poststart":[{"path":"/bin/sleep","args":["sleep","1"]}]}""");
        ShimTask task = await shim.CreateAsync(bundle);
        await task.Client.StartAsync(task.Id);
        Assert.Equal(137, (await task.Client.WaitAsync(task.Id)).ExitStatus);
        await task.DeleteAsync();
        shim.Events.Await("delete");
        Assert.Equal(["oom", "exit"], shim.Events.Topics.Where(topic => topic is "oom" or "exit"));
    }

    [CgroupFact]
    public async Task A_shim_that_reads_the_end_and_the_lack_of_memory_in_one_turn_tells_both_in_order()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.CreateAsync(Small(shim.Runtime.Bundle()).Shell("trap 'x=a; while :; do x=$x$x; done' USR1; while :; do sleep 0.01; done"));
        await task.Client.StartAsync(task.Id);
        shim.Events.Await("start");
        Processes.TryKill(shim.Shims.Single(), Signals.SIGSTOP).ThrowIfError("stop", "shim");
        try
        {
            Condition.Await("the end of the container", () =>
            {
                // Until the shell has set its trap, the first process of a PID namespace does not get the signal.
                _ = Processes.TryKill(task.Pid, Signals.SIGUSR1);
                return File.ReadAllText($"/proc/{task.Pid}/stat").Split(") ")[1].StartsWith('Z');
            });
        }
        finally
        {
            Processes.TryKill(shim.Shims.Single(), Signals.SIGCONT).ThrowIfError("continue", "shim");
        }
        await task.Client.WaitAsync(task.Id);
        await task.DeleteAsync();
        shim.Events.Await("delete");
        Assert.Equal(["create", "start", "oom", "exit", "delete"], shim.Events.Topics);
    }

    private static BundleBuilder Small(BundleBuilder bundle) => bundle.SetJson("linux.resources.memory", """{"limit":16777216,"swap":16777216}""");

    private static async Task<string> AddAsync(ShimTask task, string execId)
    {
        await task.Client.ExecAsync(new ExecRequest(task.Id, execId, Nowhere, ShimUnderTest.ProcessSpec(task.Bundle, false, "nowhere")));
        return execId;
    }

    private static async Task FailsAsync(StatusCode? code, string words, Func<Task> call)
    {
        TtrpcException e = await Assert.ThrowsAsync<TtrpcException>(call);
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        if (code is not null) Assert.Equal(code, e.Code);
    }

    private static long PidsLimit(TypedMessage stats)
    {
        int field = stats.TypeName.EndsWith("v1.Metrics", StringComparison.Ordinal) ? 2 : 1;
        Protobuf.ProtobufReader metrics = new(stats.Value.Span);
        while (metrics.Next())
        {
            if (metrics.Field != field) continue;
            Protobuf.ProtobufReader pids = new(metrics.Bytes);
            while (pids.Next())
                if (pids.Field == 2)
                    return pids.Number;
        }
        return -1;
    }
}
