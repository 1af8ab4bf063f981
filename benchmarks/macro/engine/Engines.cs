namespace Keelson.Bench.Engine;

/// <summary>The engines that take part, and the image that all of them run.</summary>
internal sealed class Engines
{
    private readonly EngineSandbox sandbox;
    private readonly Spawner spawner;

    /// <param name="sandbox">Where they run.</param>
    /// <param name="spawner">Starts them.</param>
    /// <param name="ours">Folder with keelsond, keelson, keelson-runtime and containerd-shim-keelson-v2.</param>
    /// <param name="wanted">Names of contenders; all that are installed when empty.</param>
    public Engines(EngineSandbox sandbox, Spawner spawner, string ours, IReadOnlyCollection<string> wanted)
    {
        this.sandbox = sandbox;
        this.spawner = spawner;
        string folder = EngineSandbox.Folder;
        Daemon containerd = Make("containerd", ["/usr/bin/containerd", "--config", Write("containerd.toml", $"""
            version = 2
            root = "{folder}/containerd/root"
            state = "{folder}/containerd/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{folder}/containerd.sock"
            """)], Probe.Grpc(folder + "/containerd.sock"));
        Daemon dockerd = Make("dockerd", ["/usr/sbin/dockerd", "--host", $"unix://{folder}/dockerd.sock", "--data-root", folder + "/dockerd/root", "--exec-root", folder + "/dockerd/exec",
            "--pidfile", folder + "/dockerd.pid", "--config-file", Write("dockerd.json", "{}"), "--bip=172.30.0.1/16"], Probe.Http(folder + "/dockerd.sock"));
        Daemon keelsond = Make("keelsond", [ours + "/keelsond", "--root", folder + "/keelson/root", "--state", folder + "/keelson/state"], Probe.Grpc(folder + "/keelson/state/containerd.sock"));
        string docker = "unix://" + folder + "/keelson/state/docker.sock";
        Contender[] all =
        [
            New("ctr", containerd, ["/usr/bin/ctr", "--address", folder + "/containerd.sock"], ClientKind.Ctr),
            New("docker", dockerd, ["/usr/bin/docker", "--host", $"unix://{folder}/dockerd.sock"], ClientKind.Docker),
            New("podman", null, ["/usr/bin/podman", "--root", folder + "/podman/root", "--runroot", folder + "/podman/run", "--cgroup-manager", "cgroupfs", "--events-backend", "file"], ClientKind.Docker)
                // Its own limits are higher than this process may set.
                with { Extra = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096"] },
            New("keelsond+ctr", keelsond, ["/usr/bin/ctr", "--address", folder + "/keelson/state/containerd.sock"], ClientKind.Ctr),
            New("keelsond+docker", keelsond, ["/usr/bin/docker", "--host", docker], ClientKind.Docker),
            New("keelson", keelsond, [ours + "/keelson", "--host", docker], ClientKind.Docker),
        ];
        Contenders = [.. all.Where(contender => wanted.Count == 0 ? File.Exists(contender.Client[0]) : wanted.Contains(contender.Name))];
        Daemons = [.. Contenders.Select(contender => contender.Daemon).OfType<Daemon>().Distinct()];
        Environment.SetEnvironmentVariable("PATH", ours + ":" + Environment.GetEnvironmentVariable("PATH"));
    }

    public IReadOnlyList<Contender> Contenders { get; }

    public IReadOnlyList<Daemon> Daemons { get; }

    /// <summary>Starts all daemons and gives every engine the image.</summary>
    public void Start()
    {
        string archive = EngineSandbox.Folder + "/busybox.tar";
        Keelson.Testing.BusyboxArchive.WriteAsync(archive).GetAwaiter().GetResult();
        foreach (Daemon daemon in Daemons) daemon.Start();
        foreach (Contender contender in Contenders) Must(contender, contender.Load(archive));
    }

    /// <summary>Runs a command of a contender that must succeed.</summary>
    public void Must(Contender contender, string[] command)
    {
        sandbox.Enter(contender.Group);
        Ending ending = spawner.Run(new Command(command));
        EngineSandbox.Leave();
        if (ending.Failures != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: {spawner.TakeOutput()}");
        _ = spawner.TakeOutput();
    }

    private Daemon Make(string name, string[] command, Func<bool> answers) => new(sandbox, spawner, name, command, answers);

    private Contender New(string name, Daemon? daemon, string[] client, ClientKind kind) => new(name, daemon, client, kind) { Parent = sandbox.Cgroup(daemon?.Name ?? name) + "/c" };

    private static string Write(string name, string text)
    {
        string path = $"{EngineSandbox.Folder}/{name}";
        File.WriteAllText(path, text);
        return path;
    }
}
