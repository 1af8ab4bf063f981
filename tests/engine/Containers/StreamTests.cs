using System.Text;
using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Engine.Tests.Containers;

public sealed class StreamTests
{
    [Fact]
    public async Task Output_reaches_the_log_and_all_clients_to_its_end()
    {
        using StreamPoller poller = new();
        using FileLog log = Log();
        StreamHub hub = new(isTerminal: false, closesOnce: false, log);
        await using AttachedStreams one = hub.Attach(new()), errors = hub.Attach(new() { Stdout = false });
        using ContainerRun run = new(poller, hub, TestDirectory.Make("fifos") + "/", hasInput: false, () => Task.CompletedTask);
        run.OpenOutput();
        await WriteAsync(run.Paths.Stdout, "out\n");
        await WriteAsync(run.Paths.Stderr, "err\n");
        await run.DrainAsync(TimeProvider.System);
        hub.End();
        Assert.Equal(["Error:err\n", "Output:out\n"], (await ReadAllAsync(one)).Order());
        Assert.Equal(["Error:err\n"], await ReadAllAsync(errors));
        Assert.Equal(2, (await LinesAsync(log)).Count);
    }

    [Fact]
    public async Task CVE_2022_31030_a_client_that_does_not_read_holds_a_bounded_number_of_bytes_and_loses_none()
    {
        using StreamPoller poller = new();
        StreamHub hub = new(isTerminal: false, closesOnce: false, log: null);
        await using AttachedStreams client = hub.Attach(new());
        using ContainerRun run = new(poller, hub, TestDirectory.Make("fifos") + "/", hasInput: false, () => Task.CompletedTask);
        run.OpenOutput();
        const int Bytes = 8 << 20;
        Task writing = Task.Run(() =>
        {
            using FileStream fifo = new(run.Paths.Stdout, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            using FileStream other = new(run.Paths.Stderr, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            for (int i = 0; i < Bytes / 4096; i++) fifo.Write(Enumerable.Repeat((byte)i, 4096).ToArray());
        });
        Condition.Await("a client that is full", () => !client.HasRoom);
        Assert.False(writing.IsCompleted);
        long count = 0;
        Task ending = Task.Run(async () =>
        {
            await writing;
            await run.DrainAsync(TimeProvider.System);
            hub.End();
        });
        while (await client.ReadAsync() is { } chunk) count += chunk.Bytes.Length;
        await ending;
        Assert.Equal(Bytes, count);
    }

    [Fact]
    public async Task CVE_2022_23471_clients_that_go_without_a_word_leave_nothing()
    {
        StreamHub hub = new(isTerminal: false, closesOnce: false, log: null);
        for (int i = 0; i < 10_000; i++) await hub.Attach(new()).DisposeAsync();
        Assert.Equal(0, hub.Clients);
    }

    [Fact]
    public async Task The_log_and_what_follows_it_meet_without_gap_or_repetition()
    {
        using FileLog log = Log();
        StreamHub hub = new(isTerminal: false, closesOnce: false, log);
        hub.Take(StandardStream.Output, "line\nhalf"u8);
        await using AttachedStreams client = hub.Attach(new() { Logs = true });
        hub.Take(StandardStream.Output, " a line\nend\n"u8);
        hub.End();
        Assert.Equal("line\nhalf a line\nend\n", string.Concat((await ReadAllAsync(client)).Select(text => text["Output:".Length..])));
    }

    [Fact]
    public async Task Input_waits_for_the_process_and_for_room()
    {
        using StreamPoller poller = new();
        StreamHub hub = new(isTerminal: false, closesOnce: true, log: null);
        await using AttachedStreams client = hub.Attach(new() { Stdin = true });
        byte[] data = new byte[1 << 20];
        new Random(7).NextBytes(data);
        Task writing = client.WriteAsync(data).AsTask();
        Assert.False(writing.IsCompleted);
        bool isTold = false;
        using ContainerRun run = new(poller, hub, TestDirectory.Make("fifos") + "/", hasInput: true, () =>
        {
            isTold = true;
            return Task.CompletedTask;
        });
        Assert.False(writing.IsCompleted);
        run.OpenInput();
        byte[] read = new byte[data.Length];
        await using FileStream fifo = new(run.Paths.Stdin, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        await fifo.ReadExactlyAsync(read);
        await writing;
        await client.CloseInputAsync();
        Assert.Equal(data, read);
        Assert.Equal(0, await fifo.ReadAsync(new byte[1]));
        Assert.True(isTold);
        await Assert.ThrowsAsync<KeelsonException>(async () => await client.WriteAsync(data));
    }

    [Fact]
    public async Task Two_hundred_processes_are_read_by_one_thread()
    {
        using StreamPoller poller = new();
        int before = Directory.GetDirectories("/proc/self/task").Length;
        List<(StreamHub Hub, AttachedStreams Client, ContainerRun Run)> all = [];
        string folder = TestDirectory.Make("fifos");
        for (int i = 0; i < 200; i++)
        {
            StreamHub hub = new(isTerminal: true, closesOnce: false, log: null);
            all.Add((hub, hub.Attach(new()), new(poller, hub, $"{folder}/{i}-", hasInput: false, () => Task.CompletedTask)));
        }
        Assert.InRange(Directory.GetDirectories("/proc/self/task").Length - before, -50, 20);
        for (int i = 0; i < 200; i++) await WriteAsync(all[i].Run.Paths.Stdout, $"this is {i}");
        for (int i = 0; i < 200; i++)
        {
            (StreamHub hub, AttachedStreams client, ContainerRun run) = all[i];
            await run.DrainAsync(TimeProvider.System);
            hub.End();
            Assert.Equal([$"Output:this is {i}"], await ReadAllAsync(client));
            run.Dispose();
        }
    }

    [Fact]
    public async Task Output_of_a_process_that_ended_before_anybody_read_is_there()
    {
        string folder = TestDirectory.Make("fifos");
        Files.TryMakeNode(folder + "/stdout", FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo");
        using FileStream held = new(folder + "/stdout", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        held.Write("late"u8);
        using StreamPoller poller = new();
        StreamHub hub = new(isTerminal: true, closesOnce: false, log: null);
        AttachedStreams client = hub.Attach(new());
        ContainerRun run = new(poller, hub, folder + "/", hasInput: false, () => Task.CompletedTask);
        run.OpenOutput();
        held.Dispose();
        await run.DrainAsync(TimeProvider.System);
        hub.End();
        Assert.Equal(["Output:late"], await ReadAllAsync(client));
    }

    private static FileLog Log() => new(TestDirectory.Make("log") + "/c.log", LogPolicy.Parse(new()), TimeProvider.System);

    private static async Task WriteAsync(string fifo, string text)
    {
        await using FileStream stream = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text));
    }

    private static async Task<List<string>> ReadAllAsync(AttachedStreams client)
    {
        List<string> all = [];
        while (await client.ReadAsync() is { } chunk) all.Add($"{chunk.Stream}:{Encoding.UTF8.GetString(chunk.Bytes.Span)}");
        return all;
    }

    private static async Task<List<LogLine>> LinesAsync(FileLog log)
    {
        List<LogLine> lines = [];
        await foreach (LogLine line in log.ReadAsync(new(), Task.CompletedTask)) lines.Add(line);
        return lines;
    }
}
