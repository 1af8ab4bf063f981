using System.Text;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Tests.Support;

namespace Keelson.Shim.Tests;

public class StdioTests
{
    public static TheoryData<string> Ways => ["direct", "copy"];

    [RootTheory]
    [MemberData(nameof(Ways))]
    public async Task Fifos_bring_input_in_and_output_out(string way)
    {
        await using ShimUnderTest shim = await StartAsync(way);
        StdioPaths stdio = new(shim.Fifo("in"), shim.Fifo("out"), shim.Fifo("err"), false);
        Task<string> output = ReadAsync(stdio.Stdout), errors = ReadAsync(stdio.Stderr);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("cat; echo done >&2"), stdio);
        await task.Client.StartAsync(task.Id);
        using (FileStream input = new(stdio.Stdin, FileMode.Open, FileAccess.Write)) await input.WriteAsync("line\n"u8.ToArray());
        // The writer has gone and may come back: the input goes on until it is closed.
        using (FileStream input = new(stdio.Stdin, FileMode.Open, FileAccess.Write)) await input.WriteAsync("more\n"u8.ToArray());
        await task.Client.CloseInputAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        Assert.Equal(("line\nmore\n", "done\n"), (await output, await errors));
        await task.DeleteAsync();
    }

    [RootTheory]
    [MemberData(nameof(Ways))]
    public async Task A_short_process_loses_no_output(string way)
    {
        await using ShimUnderTest shim = await StartAsync(way);
        ShimTask task = await shim.StartSleepingAsync();
        for (int i = 0; i < 20; i++)
        {
            StdioPaths stdio = new("", shim.Fifo($"out{i}"), shim.Fifo($"err{i}"), false);
            Task<string> output = ReadAsync(stdio.Stdout), errors = ReadAsync(stdio.Stderr);
            await task.ExecAsync($"e{i}", stdio, "sh", "-c", "echo out; echo err >&2");
            await task.Client.WaitAsync(task.Id, $"e{i}");
            Assert.Equal(("out\n", "err\n"), (await output, await errors));
            await task.Client.DeleteAsync(task.Id, $"e{i}");
        }
        await task.EndAsync();
    }

    [RootTheory]
    [MemberData(nameof(Ways))]
    public async Task Much_output_arrives_whole(string way)
    {
        await using ShimUnderTest shim = await StartAsync(way);
        StdioPaths stdio = new("", shim.Fifo("out"), "", false);
        Task<string> output = ReadAsync(stdio.Stdout);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("head -c 3000000 /dev/zero | tr '\\0' x"), stdio);
        await task.Client.StartAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        await task.DeleteAsync();
        Assert.Equal(3_000_000, (await output).Length);
    }

    [PublishedFact]
    public async Task A_reader_that_comes_after_the_end_finds_the_output()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        StdioPaths stdio = new("", shim.Fifo("out"), "", false);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle("echo", "late"), stdio);
        await task.Client.StartAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        Assert.Equal("late\n", await ReadAsync(stdio.Stdout));
        await task.DeleteAsync();
    }

    [PublishedFact]
    public async Task A_reader_that_goes_does_not_end_the_process()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        StdioPaths stdio = new("", shim.Fifo("out"), "", false);
        Task<FileStream> opening = Task.Run(() => new FileStream(stdio.Stdout, FileMode.Open, FileAccess.Read));
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("echo first; while [ ! -e /proc/self/nothing ]; do echo more || exit 1; sleep 0.01; done"), stdio);
        await task.Client.StartAsync(task.Id);
        using (FileStream reader = await opening) Assert.NotEqual(0, await reader.ReadAsync(new byte[5]));
        using (FileStream reader = await Task.Run(() => new FileStream(stdio.Stdout, FileMode.Open, FileAccess.Read))) Assert.NotEqual(0, await reader.ReadAsync(new byte[5]));
        Assert.Equal(Api.TaskStatus.Running, await task.StatusAsync());
        await task.EndAsync();
    }

    [PublishedFact]
    public async Task A_file_is_appended_to()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        string file = shim.Directory + "/logs/deep/out";
        for (int i = 0; i < 2; i++)
        {
            ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("echo out; echo err >&2"), new StdioPaths("", "file://" + file, "file://" + file, false));
            await task.Client.StartAsync(task.Id);
            await task.Client.WaitAsync(task.Id);
            await task.DeleteAsync();
        }
        Assert.Equal("out\nerr\nout\nerr\n", File.ReadAllText(file));
    }

    [PublishedFact]
    public async Task A_logger_gets_both_outputs_its_arguments_and_the_name()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        string program = shim.Directory + "/logger", log = shim.Directory + "/log";
        File.WriteAllText(program, "#!/bin/sh\nexec 5>&-\n{ echo \"$CONTAINER_NAMESPACE $*\"; cat <&3; cat <&4; echo \"$CONTAINER_ID\"; } > " + log + "\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle().Shell("echo out; echo err >&2"), new StdioPaths("", $"binary://{program}?key=a%20value", "", false));
        await task.Client.StartAsync(task.Id);
        await task.Client.WaitAsync(task.Id);
        await task.DeleteAsync();
        Assert.Equal($"test key a value\nout\nerr\n{task.Id}\n", File.ReadAllText(log));
    }

    [PublishedFact]
    public async Task A_logger_that_is_not_there_is_an_error()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        Ttrpc.TtrpcException e = await Assert.ThrowsAsync<Ttrpc.TtrpcException>(() => shim.CreateAsync(shim.Runtime.Bundle("true"), new StdioPaths("", "binary:///nowhere", "", false)));
        Assert.Contains("/nowhere", e.Message, StringComparison.Ordinal);
    }

    [PublishedFact]
    public async Task A_terminal_is_typed_on_and_resized()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        StdioPaths stdio = new(shim.Fifo("in"), shim.Fifo("out"), "", true);
        Task<string> output = ReadAsync(stdio.Stdout);
        ShimTask task = await shim.CreateAsync(shim.Runtime.Bundle("sh").Set("process.terminal", true), stdio);
        await task.Client.ResizeAsync(task.Id, "", 97, 31);
        await task.Client.StartAsync(task.Id);
        using (FileStream input = new(stdio.Stdin, FileMode.Open, FileAccess.Write)) await input.WriteAsync("stty size; tty; exit 4\n"u8.ToArray());
        Assert.Equal(4, (await task.Client.WaitAsync(task.Id)).ExitStatus);
        string screen = await output;
        Assert.Contains("31 97\r\n", screen, StringComparison.Ordinal);
        Assert.Contains("/dev/pts/0\r\n", screen, StringComparison.Ordinal);
        await task.DeleteAsync();
    }

    [PublishedFact]
    public async Task An_exec_has_a_terminal_of_its_own()
    {
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        StdioPaths stdio = new("", shim.Fifo("out"), "", true);
        Task<string> output = ReadAsync(stdio.Stdout);
        await task.ExecAsync("t", stdio, "tty");
        await task.Client.WaitAsync(task.Id, "t");
        await task.Client.DeleteAsync(task.Id, "t");
        Assert.Equal("/dev/pts/0\r\n", await output);
        Assert.DoesNotContain(Directory.EnumerateFiles(shim.Sockets), file => file.Contains("pty-", StringComparison.Ordinal));
        await task.EndAsync();
    }

    [PublishedFact]
    public Task A_thousand_execs_of_clients_that_are_gone_leave_nothing() => ManyDeadClientsAsync(1000);

    [PublishedFact]
    [Trait("suite", "soak")]
    public Task Ten_thousand_execs_of_clients_that_are_gone_leave_nothing() => ManyDeadClientsAsync(10_000);

    /// <summary>CVE-2022-23471, CVE-2025-64329: fifos that nobody opens, and callers that wait and go away.</summary>
    private static async Task ManyDeadClientsAsync(int count)
    {
        const int AtOnce = 10;
        await using ShimUnderTest shim = await ShimUnderTest.StartAsync();
        ShimTask task = await shim.StartSleepingAsync();
        StdioPaths stdio = new(shim.Fifo("in"), shim.Fifo("out"), shim.Fifo("err"), false);
        int pid = shim.Shims.Single();
        await RoundAsync(-AtOnce);
        (int fds, int threads) = (Fds(pid), Threads(pid));
        for (int i = 0; i < count; i += AtOnce) await RoundAsync(i);
        Assert.InRange(Fds(pid), 0, fds);
        Assert.InRange(Threads(pid), 0, threads);
        Assert.InRange(threads, 1, 2);
        await task.EndAsync();

        async Task RoundAsync(int first)
        {
            await Task.WhenAll(Enumerable.Range(first + AtOnce, AtOnce).Select(async i =>
            {
                string id = "e" + i;
                await task.ExecAsync(id, stdio, "echo", "unheard");
                await task.Client.WaitAsync(task.Id, id);
                await task.Client.DeleteAsync(task.Id, id);
            }));
        }
    }

    private static int Fds(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static int Threads(int pid) => Directory.GetDirectories($"/proc/{pid}/task").Length;

    private static async Task<ShimUnderTest> StartAsync(string way)
    {
        ShimUnderTest shim = await ShimUnderTest.StartAsync();
        if (way == "copy") shim.Environment["KEELSON_SHIM_STDIO"] = "copy";
        return shim;
    }

    /// <summary>Reads a fifo to its end, as a client that opened it before the process was made.</summary>
    private static Task<string> ReadAsync(string path) => Task.Run(() =>
    {
        using FdHandle fifo = Files.Open(path, OpenFlags.O_RDONLY);
        StringBuilder text = new();
        byte[] buffer = new byte[65536];
        int count;
        do
        {
            Files.TryRead(fifo.Fd, buffer, out count).ThrowIfError("read", path);
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        } while (count > 0);
        return text.ToString();
    });
}
