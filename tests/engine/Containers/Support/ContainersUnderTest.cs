using System.Text;
using Keelson.Engine.Containers;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;
using Keelson.Oci;

namespace Keelson.Engine.Tests.Containers;

/// <summary>An engine in this process whose containers really run, by the published shim and runtime.</summary>
internal sealed class ContainersUnderTest : IAsyncDisposable
{
    public const string Image = "busybox:latest";
    private static readonly string Programs = MakePrograms();
    private readonly List<string> failures = [];
    private readonly bool ownsFolder;
    private readonly FdHandle? place;

    private ContainersUnderTest(string folder, bool ownsFolder, string? place) => (Folder, this.ownsFolder, this.place) = (folder, ownsFolder, place is null ? null : SandboxNamespace.Open(place));

    public string Folder { get; }

    public ContainerEngine Engine { get; private set; } = null!;

    public IContainerService Service => Engine.Containers;

    /// <summary>Called between the steps of changes.</summary>
    public Action<string>? Step { get; set; }

    /// <summary>Where it finds plug-ins; nowhere by default.</summary>
    public string? Plugins { get; init; }

    /// <summary>What the engine complained of.</summary>
    public string[] Failures
    {
        get
        {
            lock (failures) return [.. failures];
        }
    }

    /// <summary>Opens an engine that has the image.</summary>
    /// <param name="folder">Directories that an earlier one left; fresh ones by default.</param>
    /// <param name="step">Called between the steps of changes.</param>
    /// <param name="place">A network namespace in which it has the network <c>bridge</c>; none by default.</param>
    /// <param name="plugins">Where it finds plug-ins; nowhere by default.</param>
    public static async Task<ContainersUnderTest> StartAsync(string? folder = null, Action<string>? step = null, string? place = null, string? plugins = null)
    {
        ContainersUnderTest test = new(folder ?? TestDirectory.Make("containers"), folder is null, place) { Step = step, Plugins = plugins };
        await test.OpenAsync();
        if (folder is null) await test.ImportAsync(Image, config => config);
        return test;
    }

    /// <summary>Opens the engine.</summary>
    public async Task OpenAsync()
    {
        void Note(string what, Exception why)
        {
            lock (failures) failures.Add($"{what}: {(why as KeelsonException)?.FullMessage ?? why.ToString()}");
        }
        Engine = await ContainerEngine.OpenAsync(new()
        {
            Root = Folder + "/root",
            State = Folder + "/run",
            Metadata = new(Folder + "/root/store"),
            Tasks = new() { ShimDirectories = [Programs], RestartInterval = TimeSpan.Zero, Linger = TimeSpan.FromMilliseconds(200), Failed = Note },
            Networks = place is null ? new() : new() { Bridge = "keelson0", Host = new(place) },
            Containers = new()
            {
                CgroupParent = "/" + TestDirectory.Name, RuntimeRoot = Folder + "/run/runtime", Failed = Note, Step = step => Step?.Invoke(step),
                VolumePlugins = new() { Plugins = new(Plugins is null ? [] : [Plugins], []), Patience = TimeSpan.FromSeconds(5), ListPatience = TimeSpan.FromSeconds(1) },
            },
        });
        await Engine.StartAsync();
    }

    /// <summary>Closes the engine and opens it again; containers run on.</summary>
    public async Task ReopenAsync()
    {
        await Engine.DisposeAsync();
        await OpenAsync();
    }

    /// <summary>Makes an image of busybox, and what a test adds to its tree.</summary>
    public async Task ImportAsync(string name, Func<ContainerConfig, ContainerConfig> configure, Action<string>? change = null)
    {
        string tree = BusyboxRootfs.Copy(Path.Combine(TestDirectory.Root, "tree-" + Guid.NewGuid().ToString("N")));
        change?.Invoke(tree);
        using MemoryStream tar = new();
        using (FdHandle handle = Files.Open(tree, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) Archive.LayerDiff.WriteTree(handle, tar, new() { Compression = Archive.CompressionKind.None });
        tar.Position = 0;
        ContainerConfig config = configure(new() { Env = ["PATH=/bin"], Cmd = ["sh"] });
        await Engine.Images.ImportAsync(Service.Namespace, tar, ImageReference.Parse(name), image => image with { Config = config });
        TestDirectory.Remove(tree);
    }

    /// <summary>Makes a container.</summary>
    public async Task<string> CreateAsync(IReadOnlyList<string> command, Func<ContainerSettings, ContainerSettings>? settings = null, HostSettings? host = null, string? name = null)
    {
        ContainerSettings first = new() { Image = Image, Cmd = command };
        return (await Service.CreateAsync(new() { Name = name, Settings = settings?.Invoke(first) ?? first, Host = host ?? new() })).Id;
    }

    /// <summary>Makes a container and starts it.</summary>
    public async Task<string> RunAsync(IReadOnlyList<string> command, Func<ContainerSettings, ContainerSettings>? settings = null, HostSettings? host = null, string? name = null)
    {
        string id = await CreateAsync(command, settings, host, name);
        await Service.StartAsync(id);
        return id;
    }

    /// <summary>Runs a container to its end; its exit code, and all it wrote.</summary>
    public async Task<(int Code, string Output)> FinishAsync(string script, Func<ContainerSettings, ContainerSettings>? settings = null, HostSettings? host = null)
    {
        string id = await CreateAsync(["sh", "-c", script], settings, host);
        Task<ContainerExit> end = Service.WaitAsync(id, WaitCondition.NextExit);
        await Service.StartAsync(id);
        int code = (await end).ExitCode;
        string output = await LogAsync(id);
        await Service.RemoveAsync(id, volumes: true);
        return (code, output);
    }

    /// <summary>Starts a process in a container and waits for its end.</summary>
    public async Task<(int Code, string Output)> ExecAsync(string id, ExecOptions options)
    {
        string exec = await Service.CreateExecAsync(id, options with { AttachStdout = true, AttachStderr = true });
        IAttachedStreams streams = (await Service.StartExecAsync(exec, new()))!;
        string output = await ReadAllAsync(streams);
        return (await Service.WaitExecAsync(exec), output);
    }

    /// <summary>All lines of a log.</summary>
    public async Task<string> LogAsync(string id)
    {
        StringBuilder text = new();
        await foreach (LogLine line in Service.LogsAsync(id, new())) text.Append(Encoding.UTF8.GetString(line.Text.Span));
        return text.ToString();
    }

    /// <summary>Reads streams to their end and leaves them.</summary>
    public static async Task<string> ReadAllAsync(IAttachedStreams streams)
    {
        await using (streams)
        {
            StringBuilder text = new();
            while (await streams.ReadAsync() is { } chunk) text.Append(Encoding.UTF8.GetString(chunk.Bytes.Span));
            return text.ToString();
        }
    }

    /// <summary>Waits until a container is as expected.</summary>
    public void Await(string id, string what, Func<ContainerInfo, bool> holds) =>
        Condition.Await($"{what}; {string.Join('\n', Failures)}", () => holds(Service.Get(id)));

    /// <summary>Actions of docker's events so far.</summary>
    public async Task<List<string>> EventsAsync(string id)
    {
        List<string> actions = [];
        await foreach (ContainerEvent happened in Service.EventsAsync(after: 0, follow: false))
            if (happened.ActorId == id) actions.Add(happened.Action);
        return actions;
    }

    /// <summary>Directories of snapshots that are there.</summary>
    public int SnapshotDirectories => Directory.GetDirectories(Folder + "/root/snapshotters/overlayfs/snapshots").Length;

    public async ValueTask DisposeAsync()
    {
        Step = null;
        foreach (ContainerInfo container in Service.List()) await Service.RemoveAsync(container.Id, force: true, volumes: true);
        await Engine.DisposeAsync();
        if (ownsFolder) TestDirectory.Remove(Folder);
    }

    private static string MakePrograms()
    {
        string directory = TestDirectory.Make("programs");
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            Files.TrySymlink(program, $"{directory}/{Path.GetFileName(program)}").ThrowIfError("link", program);
        // Shims inherit the environment of the engine's process.
        Environment.SetEnvironmentVariable("PATH", directory + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        if (Environment.GetEnvironmentVariable("KEELSON_SHIM_SOCKETS") is null) Environment.SetEnvironmentVariable("KEELSON_SHIM_SOCKETS", TestDirectory.Root + "/s");
        return directory;
    }
}
