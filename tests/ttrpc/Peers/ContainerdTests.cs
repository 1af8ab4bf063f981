using System.Runtime.CompilerServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Protobuf;

namespace Keelson.Ttrpc.Tests.Peers;

/// <summary>Needs root and containerd.</summary>
public sealed class ContainerdFactAttribute : FactAttribute
{
    /// <summary>Skips the test where one of them is missing.</summary>
    public ContainerdFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line) =>
        Skip = Needs.Missing(Need.Root) ?? (File.Exists("/usr/bin/containerd") ? null : "needs program containerd");
}

/// <summary>The real containerd and its real shim at the other end of the client.</summary>
public sealed class ContainerdTests : IDisposable
{
    private const string EventService = "containerd.services.events.ttrpc.v1.Events", TaskService = "containerd.task.v2.Task";
    private readonly string directory = TestDirectory.Make("containerd");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => TestDirectory.Remove(directory);

    [ContainerdFact]
    public async Task Containerd_takes_an_event_and_passes_it_on()
    {
        File.WriteAllText(directory + "/config.toml",
            $"""
            version = 2
            root = "{directory}/root"
            state = "{directory}/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs"]
            [grpc]
              address = "{directory}/c.sock"
            [ttrpc]
              address = "{directory}/c.sock.ttrpc"
            """);
        using ChildProcess daemon = ChildProcess.Start(["containerd", "--config", directory + "/config.toml"]);
        Condition.Await("containerd's ttrpc socket", () => File.Exists(directory + "/c.sock.ttrpc"));
        using ChildProcess watcher = ChildProcess.Start(["ctr", "--address", directory + "/c.sock", "events"]);
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(directory + "/c.sock.ttrpc", Token);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!watcher.Stdout.Contains("/tasks/oom", StringComparison.Ordinal))
        {
            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < Condition.Limit, "the event does not come: " + daemon.Stderr + watcher.Stderr);
            Assert.Empty((await client.CallAsync(new TtrpcRequest(EventService, "Forward", OutOfMemoryEvent()) { Timeout = TimeSpan.FromSeconds(10) }, Token)).ToArray());
        }
        Assert.Contains("space /tasks/oom {\"container_id\":\"box\"}", watcher.Stdout, StringComparison.Ordinal);
        TtrpcException e = await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(new TtrpcRequest(EventService, "Nothing", default), Token));
        Assert.Equal(StatusCode.Unimplemented, e.Code);
    }

    [ContainerdFact]
    public async Task The_shim_of_runc_answers()
    {
        string id = $"ttrpc{Environment.ProcessId}";
        File.WriteAllText(directory + "/config.json", """{ "ociVersion": "1.0.2", "process": { "args": ["true"], "cwd": "/" }, "root": { "path": "rootfs" } }""");
        // The shim ends when nobody takes its log.
        Files.TryMakeNode(directory + "/log", FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo", "log");
        using FdHandle log = Files.Open(directory + "/log", OpenFlags.O_RDWR);
        CommandOptions inBundle = new() { Directory = directory, Environment = new Dictionary<string, string> { ["TTRPC_ADDRESS"] = directory + "/nothing.ttrpc" } };
        string[] line = ["containerd-shim-runc-v2", "-namespace", "space", "-id", id, "-address", directory + "/nothing", "-publish-binary", "/bin/true"];
        string address = ChildProcess.Run([.. line, "start"], inBundle).Succeeds().Stdout.Trim();
        await using TtrpcClient client = await TtrpcClient.ConnectAsync(address, Token);
        try
        {
            ProtobufWriter request = new();
            request.Text(1, id);
            int shim = 0;
            Read(await client.CallAsync(new TtrpcRequest(TaskService, "Connect", request.ToArray()), Token), (field, number) => shim = field == 1 ? (int)number : shim);
            Assert.StartsWith("containerd-shim", File.ReadAllText($"/proc/{shim}/comm"), StringComparison.Ordinal);
            TtrpcException e = await Assert.ThrowsAsync<TtrpcException>(() => client.CallAsync(new TtrpcRequest(TaskService, "State", request.ToArray()), Token));
            Assert.Equal(StatusCode.NotFound, e.Code);
        }
        finally
        {
            ProtobufWriter request = new();
            request.Text(1, id);
            request.Switch(2, true);
            // The shim may end before its answer is out.
            await Record.ExceptionAsync(() => client.CallAsync(new TtrpcRequest(TaskService, "Shutdown", request.ToArray()), Token));
            await client.Closed;
            ChildProcess.Run([.. line, "delete"], inBundle);
        }
    }

    private static void Read(ReadOnlyMemory<byte> message, Action<int, long> take)
    {
        ProtobufReader reader = new(message.Span);
        while (reader.Next()) take(reader.Field, reader.Number);
    }

    /// <summary>A ForwardRequest with a TaskOOM in it.</summary>
    private static byte[] OutOfMemoryEvent()
    {
        ProtobufWriter oom = new(), any = new(), time = new(), envelope = new(), forward = new();
        oom.Text(1, "box");
        any.Text(1, "containerd.events.TaskOOM");
        any.Message(2, oom);
        time.Number(1, 1_700_000_000);
        envelope.Message(1, time);
        envelope.Text(2, "space");
        envelope.Text(3, "/tasks/oom");
        envelope.Message(4, any);
        forward.Message(1, envelope);
        return forward.ToArray();
    }
}
