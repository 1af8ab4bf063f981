using Keelson.Engine.Containers;
using Status = Keelson.Engine.Containers.ContainerStatus;

namespace Keelson.Engine.Tests.Containers;

public sealed class LifecycleTests
{
    [RootFact]
    public async Task A_container_that_removes_itself_leaves_nothing()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        int before = test.SnapshotDirectories;
        string id = await test.CreateAsync(["sh", "-c", "echo hello; exit 3"], host: new() { AutoRemove = true });
        IAttachedStreams streams = await test.Service.AttachAsync(id, new());
        Task<ContainerExit> gone = test.Service.WaitAsync(id, WaitCondition.Removed);
        Assert.True(await test.Service.StartAsync(id));
        Assert.Equal("hello\n", await ContainersUnderTest.ReadAllAsync(streams));
        Assert.Equal(3, (await gone).ExitCode);
        Assert.Empty(test.Service.List());
        Assert.Equal(["create", "attach", "start", "die", "destroy"], await test.EventsAsync(id));
        Assert.False(Directory.Exists($"{test.Folder}/root/containers/{id}"));
        Assert.False(Directory.Exists($"{test.Folder}/run/containers/{id}"));
        await test.Engine.Snapshots.CleanupAsync();
        Assert.Equal(before, test.SnapshotDirectories);
        Assert.Empty(test.Engine.Tasks.List(test.Service.Namespace));
        Assert.Empty(test.Failures);
    }

    [RootFact]
    public async Task A_container_keeps_its_end_its_log_and_its_files()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "echo out; echo bad >&2; echo x >> /count; cat /count; exit 7"], name: "/kept");
        Assert.Equal(7, (await test.Service.WaitAsync("kept")).ExitCode);
        ContainerInfo info = test.Service.Get(id[..12]);
        Assert.Equal((Status.Exited, 7, 0, "kept"), (info.State.Status, info.State.ExitCode, info.State.Pid, info.Name));
        Assert.True(await test.Service.StartAsync(id));
        Assert.Equal(7, (await test.Service.WaitAsync(id)).ExitCode);
        Assert.Equal("out\nbad\nx\nout\nbad\nx\nx\n".Order(), (await test.LogAsync(id)).Order());
        Assert.True(File.Exists(info.LogPath));
        await test.Service.RemoveAsync(id);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StartAsync(id))).Kind);
    }

    [RootFact]
    public async Task Stopping_waits_for_the_signal_to_help_and_kills_then()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string polite = await test.RunAsync(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"]), deaf = await test.RunAsync(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]);
        await AwaitReadyAsync(test, polite);
        Assert.True(await test.Service.StopAsync(polite));
        Assert.Equal(5, test.Service.Get(polite).State.ExitCode);
        Assert.True(await test.Service.StopAsync(deaf, TimeSpan.FromMilliseconds(200)));
        Assert.Equal(137, test.Service.Get(deaf).State.ExitCode);
        Assert.False(await test.Service.StopAsync(deaf));
        Assert.Equal(["create", "start", "kill", "die", "stop"], (await test.EventsAsync(deaf)).Distinct());
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.KillAsync(deaf))).Kind);
    }

    [RootFact]
    public async Task Freezing_and_thawing_and_names()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], name: "one");
        await test.Service.PauseAsync("one");
        Assert.Equal(Status.Paused, test.Service.Get(id).State.Status);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.PauseAsync("one"))).Kind);
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.CreateExecAsync("one", new() { Cmd = ["true"] }))).Kind);
        await test.Service.ResumeAsync("one");
        await test.Service.RenameAsync("one", "two");
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => test.CreateAsync(["true"], name: "two"))).Kind);
        await test.CreateAsync(["true"], name: "one");
        Assert.Equal(ErrorKind.FailedPrecondition, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.RemoveAsync("two"))).Kind);
        await test.Service.RemoveAsync("two", force: true);
        Assert.Equal(["one"], test.Service.List().Select(container => container.Name));
    }

    [RootFact]
    public async Task A_container_that_fails_is_started_again_as_often_as_its_policy_says()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "echo try; exit 1"], host: new() { RestartPolicy = new() { Name = "on-failure", MaximumRetryCount = 2 } });
        test.Await(id, "the end of the last try", info => info.State is { Status: Status.Exited, RestartCount: 2 });
        Assert.Equal("try\ntry\ntry\n", await test.LogAsync(id));
        string always = await test.RunAsync(["sleep", "1000"], host: new() { RestartPolicy = new() { Name = "always" } });
        int pid = test.Service.Get(always).State.Pid;
        Linux.Sys.Processes.TryKill(pid, Linux.Sys.Signals.SIGKILL);
        test.Await(always, "another process", info => info.State is { Status: Status.Running, RestartCount: 1 } && info.State.Pid != pid);
        await test.Service.StopAsync(always, TimeSpan.Zero);
        Assert.Equal(Status.Exited, test.Service.Get(always).State.Status);
    }

    [RootFact]
    public async Task A_program_that_is_not_there_is_told_and_noted()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["/no/such/program"]);
        KeelsonException e = await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.StartAsync(id));
        ContainerState state = test.Service.Get(id).State;
        Assert.Equal((Status.Created, 127), (state.Status, state.ExitCode));
        Assert.Contains("/no/such/program", state.Error, StringComparison.Ordinal);
        Assert.Contains("/no/such/program", e.FullMessage, StringComparison.Ordinal);
        string user = await test.CreateAsync(["true"], settings => settings with { User = "nosuch" });
        Assert.Contains("unable to find user nosuch", (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StartAsync(user))).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => test.CreateAsync(["true"], settings => settings with { Image = "nothing" }))).Kind);
    }

    [RootFact]
    public async Task A_process_sees_what_its_settings_say()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        const string Script = "id -u; id -g; id -G; pwd; hostname; echo $A; cat /etc/hostname; grep foo /etc/hosts; cat /sys/fs/cgroup/memory/memory.limit_in_bytes; ulimit -n; touch /x 2>&1; ls /sys/class/net; grep NoNewPrivs /proc/self/status";
        (int code, string output) = await test.FinishAsync(Script, settings => settings with { User = "user", WorkingDir = "/tmp", Hostname = "box", Env = ["A=5"] }, new()
        {
            MemoryBytes = 64 << 20, Ulimits = [new("nofile", 50, 60)], ReadonlyRootfs = true, ExtraHosts = ["foo:1.2.3.4"], GroupAdd = ["tty"], SecurityOpt = ["no-new-privileges"],
        });
        Assert.Equal("1000\n1000\n1000 2000 5\n/tmp\nbox\n5\nbox\n1.2.3.4\tfoo\n67108864\n50\ntouch: /x: Read-only file system\nlo\nNoNewPrivs:\t1\n", output);
        Assert.Equal(0, code);
    }

    [RootFact]
    public async Task Namespaces_of_another_container_are_joined()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string first = await test.RunAsync(["sleep", "1000"], settings => settings with { Hostname = "first" }, new() { IpcMode = "shareable" });
        int pid = test.Service.Get(first).State.Pid;
        await test.ExecAsync(first, new() { Cmd = ["sh", "-c", "echo shared > /dev/shm/file"] });
        string Of(string kind) => File.ResolveLinkTarget($"/proc/{pid}/ns/{kind}", false)!.Name;
        (_, string output) = await test.FinishAsync("readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/pid; cat /dev/shm/file; cat /etc/hostname",
            host: new() { NetworkMode = "container:" + first[..12], IpcMode = "container:" + first, PidMode = "container:" + first });
        Assert.Equal($"{Of("net")}\n{Of("ipc")}\n{Of("pid")}\nshared\nfirst\n", output);
        (_, output) = await test.FinishAsync("readlink /proc/self/ns/net", host: new() { NetworkMode = "host" });
        Assert.Equal(File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name + "\n", output);
    }

    [RootFact]
    public async Task Limits_counts_and_processes_of_a_running_container()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], host: new() { MemoryBytes = 64 << 20, PidsLimit = 20 });
        ContainerStats stats = await test.Service.StatsAsync(id);
        Assert.Equal((64UL << 20, 20UL, 1UL), (stats.MemoryLimitBytes, stats.PidsLimit, stats.Pids));
        Assert.InRange(stats.CpuTotalNanoseconds, 1UL, stats.SystemCpuNanoseconds);
        Assert.True(stats.MemoryBytes > 0);
        await test.Service.UpdateAsync(id, new() { MemoryBytes = 96 << 20, MemorySwapBytes = 128 << 20, RestartPolicy = new() { Name = "unless-stopped" } });
        Assert.Equal(96UL << 20, (await test.Service.StatsAsync(id)).MemoryLimitBytes);
        Assert.Equal((96L << 20, "unless-stopped"), (test.Service.Get(id).Host.MemoryBytes, test.Service.Get(id).Host.RestartPolicy.Name));
        ProcessTable table = await test.Service.TopAsync(id);
        Assert.Equal(["sleep 1000"], table.Rows.Select(row => row[^1]));
        Assert.Contains("PID", table.Titles);
    }

    [RootFact]
    public async Task A_container_in_a_user_namespace_has_another_owner_outside()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "id -u; touch /mine; stat -c %u /mine /bin; sleep 1000"], host: new() { UsernsMode = "remap:100000:65536" });
        await AwaitLogAsync(test, id, "0\n0\n0\n");
        Assert.Contains("100000", File.ReadAllText($"/proc/{test.Service.Get(id).State.Pid}/uid_map"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thousand_containers_are_listed_in_less_than_20_ms()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync(TestDirectory.Make("list"));
        List<Task> work = [];
        for (int i = 0; i < 1000; i++)
        {
            string id = i.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);
            ContainerInfo info = new(id, $"name_{i}") { Settings = new() { Image = "x", Cmd = ["true"] }, Host = new(), State = new() { Status = Status.Exited, StartedAt = DateTimeOffset.UnixEpoch }, ImageId = "sha256:0", Snapshotter = "overlayfs", Directory = "/none/" + id };
            work.Add(test.Engine.Database.Containers(test.Service.Namespace).CreateAsync(ContainerRecords.Make(info, "{}"u8)));
        }
        await Task.WhenAll(work);
        await test.ReopenAsync();
        Assert.Equal(1000, test.Service.List().Count);
        long best = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            test.Service.List();
            best = Math.Min(best, (long)TimeProvider.System.GetElapsedTime(start).TotalMicroseconds);
        }
        Assert.InRange(best, 0, 20_000);
        TestContext.Current.SendDiagnosticMessage($"1000 containers: {best} us");
        foreach (ContainerInfo container in test.Service.List()) work.Add(test.Engine.Database.Containers(test.Service.Namespace).DeleteAsync(container.Id));
        await Task.WhenAll(work);
        await test.ReopenAsync();
    }

    internal static Task AwaitReadyAsync(ContainersUnderTest test, string id) => AwaitLogAsync(test, id, "ready\n");

    internal static async Task AwaitLogAsync(ContainersUnderTest test, string id, string text)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        string seen = "";
        await foreach (LogLine line in test.Service.LogsAsync(id, new() { Follow = true }, limit.Token))
        {
            seen += System.Text.Encoding.UTF8.GetString(line.Text.Span);
            if (seen.Contains(text, StringComparison.Ordinal)) return;
        }
        Assert.Fail($"the log ended: {seen}; {string.Join('\n', test.Failures)}");
    }
}
