using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Keelson.Bench.Image;

/// <summary>The daemons that are compared, and the registry, all in one directory.</summary>
internal sealed class Services : IDisposable
{
    private readonly Spawner spawner;
    private readonly string keelson;
    private readonly List<int> running = [];

    /// <param name="folder">Where everything is.</param>
    /// <param name="spawner">Starts programs.</param>
    /// <param name="keelsond">Our daemon.</param>
    /// <param name="keelson">Our command line.</param>
    public Services(string folder, Spawner spawner, string keelsond, string keelson)
    {
        this.spawner = spawner;
        this.keelson = keelson;
        Folder = folder;
        Registry = $"127.0.0.1:{Loopback.FreePort()}";
        File.WriteAllText(folder + "/registry.yml", $"version: 0.1\nlog:\n  accesslog:\n    disabled: true\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {folder}/registry\nhttp:\n  addr: {Registry}\n");
        File.WriteAllText(folder + "/containerd.toml", $"""
            version = 2
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [ttrpc]
            address = "{folder}/ttrpc.sock"
            [plugins."io.containerd.internal.v1.opt"]
            path = "{folder}/opt"
            """);
        Channel = GrpcChannel.ForAddress("http://localhost", new()
        {
            HttpHandler = new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancel) =>
                {
                    Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket("keelsond")), cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            },
        });
        try
        {
            Start(keelsond);
        }
        catch
        {
            // One that does not start leaves none of the others running.
            Dispose();
            throw;
        }
    }

    private void Start(string keelsond)
    {
        running.Add(spawner.Start(new(["/usr/bin/docker-registry", "serve", Folder + "/registry.yml"])));
        Pids["containerd"] = Start("containerd", "/usr/bin/containerd", "--config", Folder + "/containerd.toml");
        Pids["keelsond"] = Pids["transfer"] = Pids["keelson"] = Start("keelsond", keelsond, "--log-level", "warn", "--bridge", "none");
        foreach (string name in (string[])["containerd", "keelsond"]) Await(name, () => File.Exists(Socket(name)));
        Await("registry", () => Loopback.Accepts(IPEndPoint.Parse(Registry)));
        File.WriteAllText(Folder + "/dockerd.json", "{}");
        Pids["docker"] = spawner.Start(new(["/usr/sbin/dockerd", "--host", $"unix://{Folder}/docker.sock", "--containerd", Socket("containerd"), "--data-root", Folder + "/docker/root", "--exec-root", Folder + "/docker/exec",
            "--pidfile", Folder + "/docker.pid", "--config-file", Folder + "/dockerd.json", "--iptables=false", "--ip6tables=false", "--bridge=none", "--log-level", "error"]));
        Await("dockerd", () => spawner.Run(new(Docker("docker", "version"))).Failures == 0);
        _ = spawner.TakeOutput();
    }

    public string Folder { get; }

    public string Registry { get; }

    /// <summary>containerd with ctr, keelsond with ctr, keelsond that pulls by itself for a gRPC client and for our command line, and dockerd.</summary>
    public IReadOnlyList<string> Contenders { get; } = ["containerd", "keelsond", "transfer", "keelson", "docker"];

    public Dictionary<string, int> Pids { get; } = [];

    public GrpcChannel Channel { get; }

    /// <summary>A command of ctr.</summary>
    public string[] Ctr(string contender, params string[] words) => ["/usr/bin/ctr", "--address", Socket(contender), .. words];

    /// <summary>A command of docker's client, or of ours.</summary>
    public string[] Docker(string contender, params string[] words) =>
        contender == "docker" ? ["/usr/bin/docker", "--host", $"unix://{Folder}/docker.sock", .. words] : [keelson, "--host", $"unix://{Folder}/keelsond/state/docker.sock", .. words];

    /// <summary>CPU time of a daemon so far, in milliseconds.</summary>
    public double CpuMilliseconds(string contender)
    {
        string[] words = File.ReadAllText($"/proc/{Pids[contender]}/stat").Split(") ")[^1].Split(' ');
        return 10.0 * words[11..15].Sum(word => long.Parse(word, CultureInfo.InvariantCulture));
    }

    /// <summary>Largest resident memory of a daemon so far, in MiB; <see cref="ResetPeak"/> begins anew.</summary>
    public double PeakMebibytes(string contender) =>
        long.Parse(File.ReadLines($"/proc/{Pids[contender]}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;

    public void ResetPeak(string contender) => File.WriteAllText($"/proc/{Pids[contender]}/clear_refs", "5");

    public void Dispose()
    {
        Channel.Dispose();
        foreach (int pid in Pids.Values.Distinct().Concat(running))
        {
            _ = Native.kill(pid, 15);
            Spawner.WaitFor(pid);
        }
    }

    private int Start(string name, string program, params string[] options) =>
        spawner.Start(new([program, "--root", $"{Folder}/{name}/root", "--state", $"{Folder}/{name}/state", "--address", Socket(name), .. options]));

    private string Socket(string contender) => $"{Folder}/{(contender == "transfer" ? "keelsond" : contender)}/state/containerd.sock";

    private void Await(string what, Func<bool> holds)
    {
        for (int i = 0; i < 6000; i++)
        {
            if (holds()) return;
            spawner.Run(new(["/bin/sleep", "0.01"]));
        }
        throw new InvalidOperationException($"{what} did not start: {spawner.TakeOutput()}");
    }
}
