namespace Keelson.Interop.Tests;

/// <summary>containerd in a private host, with the busybox image imported; <c>ctr</c> runs containers with the tested runtime.</summary>
public sealed class ContainerdFixture : HostFixture
{
    private const string Socket = "/run/containerd/containerd.sock";

    /// <summary>The daemon.</summary>
    public Daemon Daemon { get; private set; } = null!;

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        await Host.WriteAsync("/run/containerd.toml",
            $"""
            version = 2
            root = "/run/containerd-root"
            state = "/run/containerd-state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{Socket}"
            """);
        foreach (string program in (string[])[Repository.PublishedRuntime, Repository.PublishedShim])
            if (File.Exists(program))
                (await Host.RunAsync("install", "-D", "--mode", "755", program, "/run/bin/" + Path.GetFileName(program))).Succeeds();
        await StartDaemonAsync();
        (await CtrAsync("images", "import", "/run/busybox.tar")).Succeeds();
    }

    /// <summary>Starts the daemon, again when it was ended.</summary>
    public async Task StartDaemonAsync() => Daemon = await Daemon.StartAsync(Host, "containerd", ["containerd", "--config", "/run/containerd.toml"], Command("version"));

    /// <summary>A command line of <c>ctr</c>.</summary>
    public static string[] Command(params ReadOnlySpan<string> arguments) => ["ctr", "--address", Socket, .. arguments];

    /// <summary>Runs <c>ctr</c> with these arguments.</summary>
    public Task<CommandResult> CtrAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync(Command(arguments));

    /// <summary>The command line of <c>ctr run</c> of the busybox image with the tested runtime.</summary>
    public static string[] RunCommand(string[] options, string name, params string[] command) =>
        [.. Command("run"), "--runc-binary", Runtime, .. options, BusyboxArchive.Image, name, .. command];

    /// <summary>Runs a container in the foreground.</summary>
    public Task<CommandResult> RunAsync(string[] options, params string[] command) => Host.RunAsync(RunCommand(["--rm", .. options], NewName(), command));

    /// <summary>
    /// The command that runs a script and stays for a moment when it is done: <c>ctr</c> cancels the opening of its pipes when a program is over, and on a busy machine
    /// then loses what a short program wrote, whatever the runtime.
    /// </summary>
    public static string[] Script(string script) => ["sh", "-c", $"({script}); s=$?; sleep 0.4; exit $s"];

    /// <summary>Runs a script in another process of a container, in the foreground.</summary>
    public Task<CommandResult> ExecAsync(string[] options, string container, string script) => CtrAsync(["task", "exec", .. options, container, .. Script(script)]);

    /// <summary>Starts a container in the background and returns its name.</summary>
    public async Task<string> StartAsync(string[] options, params string[] command)
    {
        string name = NewName();
        (await Host.RunAsync(RunCommand(["--detach", .. options], name, command))).Succeeds();
        return name;
    }

    /// <summary>The command line of <c>ctr run</c> of the busybox image with our shim.</summary>
    public static string[] ShimCommand(string[] options, string name, params string[] command) =>
        [.. Command("run"), "--runtime", "io.containerd.keelson.v2", .. options, BusyboxArchive.Image, name, .. command];

    /// <summary>Kills and removes a container.</summary>
    public async Task RemoveAsync(string name)
    {
        await CtrAsync("task", "delete", "--force", name);
        (await CtrAsync("container", "delete", name)).Succeeds();
    }

    /// <summary>The state of a task, as <c>ctr task ls</c> says it: RUNNING, PAUSED, STOPPED; empty when there is none.</summary>
    public async Task<string> StatusAsync(string name)
    {
        foreach (string line in (await CtrAsync("task", "ls")).Succeeds().Stdout.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [string task, _, string status] && task == name)
                return status;
        return "";
    }
}
