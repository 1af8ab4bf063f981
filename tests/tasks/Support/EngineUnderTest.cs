using System.Text;
using Keelson.Engine;
using Keelson.Engine.Tasks;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;

namespace Keelson.Tasks.Tests.Support;

/// <summary>An engine in this process with directories of one test, over the published shim and runtime.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    public const string Space = "test";
    private static readonly string Programs = MakePrograms();
    private readonly List<string> failures = [];
    private readonly HashSet<int> shims = [];
    private Func<TaskServiceOptions, TaskServiceOptions> change = options => options;
    private int last;

    private EngineUnderTest()
    {
    }

    /// <summary>Bundles, and the check that nothing is left.</summary>
    public RuntimeUnderTest Runtime { get; } = new();

    /// <summary>The engine.</summary>
    public ContainerEngine Engine { get; private set; } = null!;

    public ITaskService Tasks => Engine.Tasks;

    public string Root => Runtime.WorkDirectory + "/root";

    public string State => Runtime.WorkDirectory + "/run";

    /// <summary>Directory of the bundles of the namespace.</summary>
    public string Bundles => $"{State}/io.containerd.runtime.v2.task/{Space}";

    /// <summary>What the engine complained of.</summary>
    public string[] Failures
    {
        get
        {
            lock (failures) return [.. failures];
        }
    }

    /// <summary>What shims logged.</summary>
    public List<string> ShimLines { get; } = [];

    /// <summary>Opens an engine.</summary>
    public static async Task<EngineUnderTest> StartAsync(Func<TaskServiceOptions, TaskServiceOptions>? change = null)
    {
        EngineUnderTest engine = new();
        if (change is not null) engine.change = change;
        await engine.OpenAsync();
        return engine;
    }

    /// <summary>Opens the engine, again when it was closed.</summary>
    public async Task OpenAsync()
    {
        Engine = await ContainerEngine.OpenAsync(new()
        {
            Root = Root,
            State = State,
            Metadata = new(Root + "/store"),
            Tasks = change(new()
            {
                ShimDirectories = [Programs],
                RestartInterval = TimeSpan.Zero,
                ShimLogged = line =>
                {
                    lock (ShimLines) ShimLines.Add(line);
                },
                Failed = (what, why) =>
                {
                    lock (failures) failures.Add($"{what}: {(why as KeelsonException)?.FullMessage ?? why.ToString()}");
                },
            }),
        });
        await Engine.StartAsync();
    }

    /// <summary>Closes the engine and opens it again.</summary>
    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>A name for a container.</summary>
    public string NewId() => $"c{Interlocked.Increment(ref last)}";

    /// <summary>What a task is made from.</summary>
    public TaskDefinition Definition(BundleBuilder bundle, string? id = null, StdioPaths? stdio = null) =>
        new(id ?? NewId(), Encoding.UTF8.GetBytes(bundle.Config.ToJsonString()), stdio ?? new("", "", "", false))
        {
            Options = new ShimOptions { Root = Runtime.StateDirectory }.ToMessage(),
        };

    /// <summary>Makes a task.</summary>
    public async Task<EngineTask> CreateAsync(TaskDefinition definition, string space = Space)
    {
        int pid = await Tasks.CreateAsync(space, definition);
        EngineTask task = new(this, space, definition.Id, pid);
        Remember(task);
        return task;
    }

    /// <summary>Makes a task and starts it.</summary>
    public async Task<EngineTask> StartTaskAsync(BundleBuilder bundle, StdioPaths? stdio = null, string space = Space)
    {
        EngineTask task = await CreateAsync(Definition(bundle, stdio: stdio), space);
        await Tasks.StartAsync(space, task.Id);
        return task;
    }

    /// <summary>A task that sleeps.</summary>
    public Task<EngineTask> StartSleepingAsync(string space = Space) => StartTaskAsync(Runtime.Bundle("sleep", "1000"), space: space);

    /// <summary>A fifo.</summary>
    public string Fifo(string name)
    {
        string path = $"{Runtime.WorkDirectory}/{name}";
        Files.TryMakeNode(path, FileStatus.S_IFIFO | 0b111_000_000).ThrowIfError("mkfifo", path);
        return path;
    }

    /// <summary>The events of tasks in the log, as <c>create c1</c>.</summary>
    public string[] Events(string space = Space) =>
        [.. Engine.Database.Events.Read().Where(record => record.Namespace == space && record.Topic.StartsWith("/tasks/", StringComparison.Ordinal)).Select(record => $"{record.Topic["/tasks/".Length..]} {IdOf(record.Payload.Span)}")];

    /// <summary>Waits for an event.</summary>
    public void AwaitEvent(string what) => Condition.Await($"the event {what}; there are {string.Join(", ", Events())}; {string.Join('\n', Failures)}", () => Events().Contains(what));

    /// <summary>The process ID of the shim of a task.</summary>
    public int ShimOf(EngineTask task) => PeerOf(File.ReadAllText($"{Bundles}/{task.Id}/address")["unix://".Length..]);

    /// <summary>Whether a process is there and has not ended; one that has is reaped, as this program adopts orphans.</summary>
    public static bool IsAlive(int pid)
    {
        _ = Processes.TryWait(pid, out _, out _, noHang: true);
        return ProcessStatus.TryRead(pid, out ProcessStatus status) == Errno.None && !status.IsDead;
    }

    /// <summary>Kills a shim and waits for its end.</summary>
    public static void KillShim(int pid)
    {
        Processes.TryKill(pid, Signals.SIGKILL).ThrowIfError("kill", "shim");
        Condition.Await("the end of the shim", () => !IsAlive(pid));
    }

    /// <summary>Reaps what this program adopted until something is done: a container whose shim was killed is its child.</summary>
    public async Task WhileReapingAsync(Task task, params int[] pids)
    {
        while (!task.IsCompleted)
        {
            foreach (int pid in pids) IsAlive(pid);
            await Task.WhenAny(task, Task.Delay(5));
        }
        await task;
    }

    /// <summary>Ends all tasks, the engine and the shims, which must go by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (string space in (string[])[Space, "other"])
            foreach (TaskSummary task in Tasks.List(space))
                await new EngineTask(this, space, task.Id, task.Pid).EndAsync();
        await Engine.DisposeAsync();
        foreach (int pid in shims) Condition.Await($"the end of shim {pid}", () => !IsAlive(pid));
        Runtime.Dispose();
    }

    private void Remember(EngineTask task)
    {
        if (task.Space == Space) shims.Add(ShimOf(task));
    }

    private static int PeerOf(string socket)
    {
        Sockets.TryConnect(socket, out FdHandle? connection).ThrowIfError("connect to", socket);
        using (connection)
        {
            Sockets.TryPeer(connection!.Fd, out PeerCredentials peer).ThrowIfError("look at", socket);
            return ListenerOf(socket) ?? peer.ProcessId;
        }
    }

    /// <summary>The shim's own process: it got the listening socket from the <c>start</c> command, whose number the kernel noted.</summary>
    private static int? ListenerOf(string socket)
    {
        byte[] text = Encoding.UTF8.GetBytes("-socket\0" + socket);
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out int pid) && Files.TryReadAll(directory + "/cmdline", out ReadOnlyMemory<byte> line) == Errno.None && line.Span.IndexOf(text) >= 0)
                return pid;
        return null;
    }

    private static string IdOf(ReadOnlySpan<byte> message)
    {
        string id = "";
        Protobuf.ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1)
                id = reader.Text;
        return id;
    }

    private static string MakePrograms()
    {
        string directory = TestDirectory.Make("programs");
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            Files.TrySymlink(program, $"{directory}/{Path.GetFileName(program)}").ThrowIfError("link", program);
        // Shims inherit the environment of the engine's process.
        Environment.SetEnvironmentVariable("PATH", directory + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        Environment.SetEnvironmentVariable("KEELSON_SHIM_SOCKETS", TestDirectory.Root + "/s");
        return directory;
    }
}
