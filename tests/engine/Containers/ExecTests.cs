using System.Text;
using Keelson.Engine.Containers;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

public sealed class ExecTests
{
    [RootFact]
    public async Task A_process_that_is_added_has_its_own_streams_user_and_end()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"], settings => settings with { Env = ["A=1", "B=1"] });
        Assert.Equal((4, "1000\n/tmp\n1 2\n"), await test.ExecAsync(id, new() { Cmd = ["sh", "-c", "id -u; pwd; echo $A $B; exit 4"], User = "user", WorkingDir = "/tmp", Env = ["B=2"] }));
        (_, string plain) = await test.ExecAsync(id, new() { Cmd = ["grep", "CapEff", "/proc/self/status"] });
        (_, string privileged) = await test.ExecAsync(id, new() { Cmd = ["grep", "CapEff", "/proc/self/status"], Privileged = true });
        Assert.NotEqual(plain, privileged);
        Assert.Equal(["create", "start", "exec_create: sh -c id -u; pwd; echo $A $B; exit 4", "exec_start: sh -c id -u; pwd; echo $A $B; exit 4", "exec_die"], (await test.EventsAsync(id)).Take(5));
        Assert.Equal("", await test.LogAsync(id));
        string failing = await test.Service.CreateExecAsync(id, new() { Cmd = ["/no/program"] });
        await Assert.ThrowsAnyAsync<KeelsonException>(() => test.Service.StartExecAsync(failing));
        Assert.False(test.Service.GetExec(failing).IsRunning);
        await Assert.ThrowsAsync<KeelsonException>(() => test.Service.StartExecAsync(failing));
    }

    [RootFact]
    public async Task Input_reaches_a_process_and_ends_with_its_client()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["cat"], settings => settings with { OpenStdin = true, StdinOnce = true });
        IAttachedStreams streams = await test.Service.AttachAsync(id, new() { Stdin = true });
        Task<ContainerExit> end = test.Service.WaitAsync(id, WaitCondition.NextExit);
        await test.Service.StartAsync(id);
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\n"));
        Task<string> reading = ContainersUnderTest.ReadAllAsync(streams);
        await streams.WriteAsync(Encoding.UTF8.GetBytes(text));
        await streams.CloseInputAsync();
        Assert.Equal(text, await reading);
        Assert.Equal(0, (await end).ExitCode);
        Assert.Equal(text, await test.LogAsync(id));
    }

    [RootFact]
    public async Task A_terminal_has_a_size_and_one_stream()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.CreateAsync(["sh", "-c", "read line; stty size; echo done >&2"], settings => settings with { Tty = true, OpenStdin = true });
        IAttachedStreams streams = await test.Service.AttachAsync(id, new() { Stdin = true });
        await test.Service.StartAsync(id);
        await test.Service.ResizeAsync(id, 100, 40);
        await streams.WriteAsync("go\n"u8.ToArray());
        Assert.EndsWith("40 100\r\ndone\r\n", await ContainersUnderTest.ReadAllAsync(streams), StringComparison.Ordinal);
    }

    [RootFact]
    public async Task A_process_that_is_added_gets_signals_of_its_own_until_it_ends()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"]), exec = await test.Service.CreateExecAsync(id, new() { Cmd = ["sleep", "1000"] });
        await test.Service.KillExecAsync(exec, Signals.SIGHUP);
        await test.Service.StartExecAsync(exec);
        await test.Service.KillExecAsync(exec, Signals.SIGHUP);
        Assert.Equal(128 + Signals.SIGHUP, await test.Service.WaitExecAsync(exec));
        await test.Service.KillExecAsync(exec, Signals.SIGKILL);
        Assert.True(test.Service.Get(id).State.IsRunning);
        Assert.Equal(ErrorKind.NotFound, (await Assert.ThrowsAsync<KeelsonException>(() => test.Service.KillExecAsync("nope", Signals.SIGHUP))).Kind);
    }

    [RootFact]
    public async Task A_client_that_leaves_ends_nothing()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sh", "-c", "while read line; do echo got $line; done"], settings => settings with { OpenStdin = true });
        await using (IAttachedStreams first = await test.Service.AttachAsync(id, new() { Stdin = true })) await first.WriteAsync("one\n"u8.ToArray());
        await LifecycleTests.AwaitLogAsync(test, id, "got one\n");
        await using IAttachedStreams second = await test.Service.AttachAsync(id, new() { Stdin = true, Logs = true });
        await second.WriteAsync("two\n"u8.ToArray());
        StringBuilder seen = new();
        while (!seen.ToString().Contains("two", StringComparison.Ordinal)) seen.Append(Encoding.UTF8.GetString((await second.ReadAsync())!.Value.Bytes.Span));
        Assert.Equal("got one\ngot two\n", seen.ToString());
    }

    [RootFact]
    public async Task CVE_2025_64329_processes_whose_clients_are_gone_do_not_pile_up()
    {
        await using ContainersUnderTest test = await ContainersUnderTest.StartAsync();
        string id = await test.RunAsync(["sleep", "1000"]);
        for (int i = 0; i < 400; i++) await test.Service.CreateExecAsync(id, new() { Cmd = ["true"] });
        Assert.InRange(test.Service.Get(id).ExecIds.Count, 0, 130);
        int descriptors = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 10; i++)
        {
            string exec = await test.Service.CreateExecAsync(id, new() { Cmd = ["yes"], AttachStdout = true });
            await (await test.Service.StartExecAsync(exec, new()))!.DisposeAsync();
            Linux.Sys.Processes.TryKill(test.Service.GetExec(exec).Pid, Linux.Sys.Signals.SIGKILL);
            Assert.Equal(137, await test.Service.WaitExecAsync(exec));
        }
        Condition.Await("descriptors as before", () => Directory.GetFiles("/proc/self/fd").Length <= descriptors + 3);
    }
}
