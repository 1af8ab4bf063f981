using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Ttrpc;
using MountEntry = Keelson.Shim.Api.MountEntry;

namespace Keelson.Shim.Tests.Support;

/// <summary>The published shim with sockets, state and a daemon of one test.</summary>
internal sealed class ShimUnderTest : IAsyncDisposable
{
    // Tests start several at once.
    private readonly ConcurrentQueue<TtrpcClient> clients = [];
    private readonly ConcurrentDictionary<int, bool> pids = [];
    private readonly ConcurrentQueue<FdHandle> logs = [];

    private ShimUnderTest()
    {
        Program = Directory + "/containerd-shim-keelson-v2";
        Files.TrySymlink(Repository.PublishedShim, Program).ThrowIfError("link", Program);
        Files.TrySymlink(Repository.PublishedRuntime, Directory + "/keelson-runtime").ThrowIfError("link", "runtime");
        Events = new EventSink(Directory + "/d.ttrpc");
    }

    /// <summary>Bundles, and the check that nothing is left.</summary>
    public RuntimeUnderTest Runtime { get; } = new();

    /// <summary>Of this test alone.</summary>
    public string Directory => Runtime.WorkDirectory;

    /// <summary>Where it listens.</summary>
    public string Sockets => Directory + "/s";

    /// <summary>The shim under its name.</summary>
    public string Program { get; }

    /// <summary>The daemon.</summary>
    public EventSink Events { get; }

    /// <summary>Variables that the shim gets besides.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Which runtime, and how.</summary>
    public ShimOptions Options { get; set; } = new();

    /// <summary>Makes a place for a test.</summary>
    public static async Task<ShimUnderTest> StartAsync()
    {
        ShimUnderTest shim = new();
        await shim.Events.StartAsync();
        return shim;
    }

    /// <summary>Runs a command of the shim in a bundle, as the daemon does.</summary>
    public CommandResult Run(BundleBuilder bundle, string id, params string[] command) => RunTo("/dev/stdout", bundle, id, command);

    /// <summary>The same, with standard output in a file: an answer of bytes is no text.</summary>
    public CommandResult RunTo(string output, BundleBuilder bundle, string id, params string[] command)
    {
        Dictionary<string, string> environment = new(Environment) { ["TTRPC_ADDRESS"] = Directory + "/d.ttrpc", ["KEELSON_SHIM_SOCKETS"] = Sockets };
        environment.TryAdd("PATH", $"{Directory}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        return ChildProcess.Run(["sh", "-c", $"exec \"$@\" > {output}", "sh", Program, "-namespace", "test", "-address", Directory + "/d", "-publish-binary", "/bin/true", "-id", id, .. command],
            new CommandOptions { Directory = bundle.Directory, Environment = environment });
    }

    /// <summary>Calls <c>start</c> and connects.</summary>
    public async Task<TaskClient> ConnectAsync(BundleBuilder bundle, string id) => new(await ConnectRawAsync(bundle, id));

    /// <inheritdoc cref="ConnectAsync"/>
    public async Task<TtrpcClient> ConnectRawAsync(BundleBuilder bundle, string id)
    {
        bundle.Write();
        if (!File.Exists(bundle.Directory + "/log"))
        {
            Files.TryMakeNode(bundle.Directory + "/log", FileStatus.S_IFIFO | 0b110_000_000).ThrowIfError("mkfifo", "log");
            logs.Enqueue(Files.Open(bundle.Directory + "/log", OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK));
        }
        TtrpcClient client = await TtrpcClient.ConnectAsync(Run(bundle, id, "start").Succeeds().Stdout);
        clients.Enqueue(client);
        pids[await new TaskClient(client).ConnectAsync(id)] = true;
        return client;
    }

    /// <summary>A container that is created.</summary>
    public async Task<ShimTask> CreateAsync(BundleBuilder bundle, StdioPaths? stdio = null, IReadOnlyList<MountEntry>? rootfs = null)
    {
        string id = Runtime.NewId();
        TaskClient client = await ConnectAsync(bundle, id);
        ShimTask task = new(this, client, bundle, id);
        task.Pid = await client.CreateAsync(new CreateRequest(id, bundle.Directory, stdio ?? new StdioPaths("", "", "", false))
        {
            Options = (Options with { Root = Runtime.StateDirectory }).ToMessage(),
            Rootfs = rootfs ?? [],
        });
        return task;
    }

    /// <summary>A container that sleeps.</summary>
    public async Task<ShimTask> StartSleepingAsync()
    {
        ShimTask task = await CreateAsync(Runtime.Bundle("sleep", "1000"));
        await task.Client.StartAsync(task.Id);
        return task;
    }

    /// <summary>A fifo for a stream.</summary>
    public string Fifo(string name)
    {
        string path = $"{Directory}/{name}";
        Files.TryMakeNode(path, FileStatus.S_IFIFO | 0b111_000_000).ThrowIfError("mkfifo", path);
        return path;
    }

    /// <summary>Process IDs of the shims that were seen.</summary>
    public IReadOnlyCollection<int> Shims => [.. pids.Keys];

    /// <summary>What the shims logged.</summary>
    public string Log
    {
        get
        {
            byte[] buffer = new byte[65536];
            string text = "";
            foreach (FdHandle log in logs)
                if (Files.TryRead(log.Fd, buffer, out int count) == Errno.None)
                    text += System.Text.Encoding.UTF8.GetString(buffer, 0, count);
            return text;
        }
    }

    /// <summary>Ends the shims; they must be gone by themselves when their containers are, unless the test killed them.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (TtrpcClient client in clients) await client.DisposeAsync();
        foreach (int pid in pids.Keys)
        {
            if (!IsAlive(pid)) continue;
            _ = Processes.TryKill(pid, Signals.SIGKILL);
            Condition.Await($"the end of shim {pid}", () => !IsAlive(pid));
        }
        foreach (FdHandle log in logs) log.Dispose();
        await Events.DisposeAsync();
        Runtime.Dispose();
    }

    /// <summary>Whether a process is there and has not ended; one that has is reaped: the test program adopts orphans.</summary>
    public static bool IsAlive(int pid)
    {
        _ = Processes.TryWait(pid, out _, out _, noHang: true);
        return ProcessStatus.TryRead(pid, out ProcessStatus status) == Errno.None && !status.IsDead;
    }

    /// <summary>The process object of the bundle with another command, as Exec takes it.</summary>
    public static TypedMessage ProcessSpec(BundleBuilder bundle, bool terminal, params string[] arguments)
    {
        JsonObject process = (JsonObject)bundle.Config["process"]!.DeepClone();
        process["args"] = new JsonArray([.. arguments.Select(a => (JsonNode)a)]);
        process["terminal"] = terminal;
        return new TypedMessage("types.containerd.io/opencontainers/runtime-spec/1/Process", System.Text.Encoding.UTF8.GetBytes(process.ToJsonString()));
    }
}
