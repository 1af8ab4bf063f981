using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;

namespace Keelson.DockerApi.Tests;

/// <summary>The published daemon with directories of its own, an image of busybox in it, and docker's clients to talk to it.</summary>
public class DaemonWithClients : IDisposable
{
    // Short: paths of sockets below it are long.
    private readonly string folder = TestDirectory.Make("d");
    private readonly string? place, config;
    private readonly IReadOnlyList<string> before;
    private ChildProcess? process;
    private int last;

    /// <summary>A daemon on the host's network, where it makes nothing.</summary>
    public DaemonWithClients() : this(isNetworked: false)
    {
    }

    /// <param name="isNetworked">Whether it is in a network namespace of its own and has the network <c>bridge</c>.</param>
    /// <param name="config">Makes the configuration of the daemon out of the folder of its files; <see langword="null"/>: it has none.</param>
    /// <param name="before">Makes what stands before the daemon's command out of the folder of its files; <see langword="null"/>: nothing does.</param>
    protected DaemonWithClients(bool isNetworked, Func<string, string>? config = null, Func<string, IReadOnlyList<string>>? before = null)
    {
        this.before = [];
        if (Needs.Missing(Need.Root) is not null || Needs.Missing(Need.PublishedDaemon) is not null || Clients.Length == 0) return;
        Directory.CreateDirectory(folder + "/bin");
        this.before = before?.Invoke(folder) ?? [];
        if (config is not null) File.WriteAllText(this.config = folder + "/config.toml", config(folder));
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            Files.TrySymlink(program, $"{folder}/bin/{Path.GetFileName(program)}").ThrowIfError("link", program);
        if (isNetworked)
        {
            SandboxNamespace.Make(place = folder + "/net");
            SandboxNamespace.SetUpLoopback(place);
        }
        Start();
        Directory.CreateDirectory(folder + "/tree/bin");
        Directory.CreateDirectory(folder + "/tree/tmp");
        Directory.CreateDirectory(folder + "/tree/etc");
        File.Copy("/bin/busybox", folder + "/tree/bin/busybox");
        File.WriteAllText(folder + "/tree/etc/passwd", "root:x:0:0:root:/:/bin/sh\n");
        foreach (string applet in (string[])["sh", "cat", "echo", "sleep", "true", "wc", "ls", "kill", "touch", "ip", "ping", "nslookup", "wget", "httpd", "nc", "env"]) File.CreateSymbolicLink($"{folder}/tree/bin/{applet}", "busybox");
        ChildProcess.Run(["tar", "-C", folder + "/tree", "-cf", folder + "/tree.tar", "."]).Succeeds();
        Docker(Clients[0], "import", "-c", "CMD [\"sh\"]", folder + "/tree.tar", "busybox:latest").Succeeds();
    }

    /// <summary>docker 20.10 and 28.2, and our own command line; those that are here.</summary>
    public static string[] Clients { get; } = [.. ((string[])["/usr/bin/docker", "/usr/local/bin/docker", Repository.PublishedCli]).Where(File.Exists)];

    /// <summary>A file name that no other test uses.</summary>
    public string NewPath(string name) => $"{folder}/{Interlocked.Increment(ref last)}-{name}";

    public string NewName() => $"c{Interlocked.Increment(ref last)}";

    public CommandResult Docker(string client, params IReadOnlyList<string> arguments) => DockerWithInput(client, null, arguments);

    /// <summary>Waits until the server in a container listens, which it does some time after its container was started.</summary>
    public void AwaitServer(string client, string name) => Condition.Await("the server of " + name, () => Docker(client, "exec", name, "wget", "-qO-", "http://127.0.0.1/").ExitCode == 0);

    public CommandResult DockerWithInput(string client, string? input, params IReadOnlyList<string> arguments) => DockerAt(Host, client, input, arguments);

    /// <summary>A client on another socket than the first one.</summary>
    public CommandResult DockerAt(string host, string client, string? input, params IReadOnlyList<string> arguments) =>
        ChildProcess.Run([client, "-H", host, .. arguments], new() { Input = input, Limit = TimeSpan.FromSeconds(60), Environment = Variables });

    /// <summary>The first socket, as clients take it.</summary>
    public string Host => $"unix://{folder}/state/docker.sock";

    /// <summary>The archive of the image <c>busybox</c>.</summary>
    public string TreeArchive => folder + "/tree.tar";

    /// <summary>Runs a client that is to use the classic builder.</summary>
    public CommandResult Classic(string client, string? input, params IReadOnlyList<string> arguments) => ChildProcess.Run(ClassicCommand(client, arguments), new() { Input = input, Limit = TimeSpan.FromSeconds(120) });

    /// <summary>What runs a client that is to use the classic builder.</summary>
    public IReadOnlyList<string> ClassicCommand(string client, IReadOnlyList<string> arguments) =>
        ["env", "DOCKER_BUILDKIT=0", $"DOCKER_CONFIG={folder}/config", client, "-H", $"unix://{folder}/state/docker.sock", .. arguments];

    /// <summary>What clients get of the environment; clients of docker find a <c>config.json</c> by it.</summary>
    private IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["DOCKER_CONFIG"] = folder + "/config" };

    /// <summary>Gives the clients a password, as <c>docker login</c> keeps it.</summary>
    public void LogIn(string registry, string user, string password)
    {
        Directory.CreateDirectory(folder + "/config");
        string secret = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}"));
        File.WriteAllText(folder + "/config/config.json", $$$$"""{"auths":{"{{{{registry}}}}":{"auth":"{{{{secret}}}}"}}}""");
    }

    /// <summary>Forgets all passwords.</summary>
    public void LogOut() => TestDirectory.Remove(folder + "/config");

    /// <summary>Runs a program where the daemon's networks are.</summary>
    public CommandResult OnHost(params IReadOnlyList<string> command) => ChildProcess.Run(place is null ? command : ["nsenter", "--net=" + place, .. command], new() { Limit = TimeSpan.FromSeconds(60) });

    /// <summary>The folder of all that is the daemon's.</summary>
    public string Folder => folder;

    /// <summary>The network namespace that the daemon is in; <see langword="null"/>: the test's own.</summary>
    public string? Network => place;

    /// <summary>What the daemon has logged.</summary>
    public string Log => process!.Stderr;

    /// <summary>Process ID of the daemon.</summary>
    public int Pid => process!.Pid;

    /// <summary>The daemon's directories.</summary>
    public string[] Directories => [folder + "/root", folder + "/state"];

    /// <summary>docker run with what every test wants: no network, and cgroups below the test's own.</summary>
    public CommandResult Run(string client, params IReadOnlyList<string> arguments) => RunWithInput(client, null, arguments);

    public CommandResult RunWithInput(string client, string? input, params IReadOnlyList<string> arguments) =>
        DockerWithInput(client, input, ["run", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]);

    /// <summary>Asks the daemon to stop, and starts it again.</summary>
    public void StopAndStart()
    {
        process!.Signal(Signals.SIGTERM);
        process.WaitForEnd();
        process.Dispose();
        Start();
    }

    /// <summary>Ends the daemon as a loss of power does, and starts it again.</summary>
    /// <param name="meanwhile">What happens while there is no daemon.</param>
    public void KillAndRestart(Action? meanwhile = null)
    {
        process!.Signal(Signals.SIGKILL);
        process.WaitForEnd();
        process.Dispose();
        meanwhile?.Invoke();
        Start();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (process is not null)
        {
            string[] left = Docker(Clients[0], "ps", "-aq").Lines;
            if (left.Length > 0) Docker(Clients[0], ["rm", "-f", .. left]);
            process.Signal(Signals.SIGTERM);
            process.WaitForEnd();
            process.Dispose();
            if (place is not null) SandboxNamespace.Remove(place);
        }
        TestDirectory.Remove(folder);
    }

    private void Start()
    {
        process = ChildProcess.Start([.. before, .. place is null ? (string[])[] : ["nsenter", "--net=" + place], "env", $"PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin", $"KEELSON_SHIM_SOCKETS={folder}/s", Repository.PublishedDaemon, "--root", folder + "/root", "--state", folder + "/state", "--bridge", place is null ? "none" : "keelson0", .. config is null ? (string[])[] : ["--config", config]]);
        try
        {
            Condition.Await("the daemon answers: " + process.Stderr, () =>
            {
                Assert.False(process.HasEnded, process.Stderr);
                if (Sockets.TryConnect(folder + "/state/docker.sock", out FdHandle? connection) != Errno.None) return false;
                connection!.Dispose();
                return Docker(Clients[0], "version").ExitCode == 0;
            });
        }
        catch
        {
            // Nobody disposes of what could not be made.
            process.Dispose();
            if (place is not null) SandboxNamespace.Remove(place);
            throw;
        }
    }
}
