using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Api.Tests;

/// <summary>A daemon with directories of its own on tmpfs: ours, or containerd to compare with.</summary>
internal sealed class DaemonUnderTest : IDisposable
{
    /// <summary>What a test ingests without a lease is garbage at once. This keeps it until the test asks for a collection.</summary>
    private const string WithoutGarbageCollection = """
        version = 2
        [plugins."io.containerd.gc.v1.scheduler"]
        startup_delay = "1h"
        mutation_threshold = 0

        """;

    /// <summary>containerd looks every ten seconds.</summary>
    private const string RestartEverySecond = """
        [plugins."io.containerd.internal.v1.restart"]
        interval = "500ms"

        """;

    private readonly ChildProcess process;
    private readonly bool ownsDirectory;
    private GrpcChannel? channel;

    private DaemonUnderTest(string directory, bool ownsDirectory, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        Folder = directory;
        this.ownsDirectory = ownsDirectory;
        process = ChildProcess.Start(command, new() { Environment = new Dictionary<string, string>(environment ?? new Dictionary<string, string>()) { ["PATH"] = SearchPath } });
        try
        {
            Condition.Await("the daemon: " + process.Stderr, () => process.HasEnded || Sockets.TryConnect(Address, out FdHandle? connection) == Errno.None && Close(connection!));
            Assert.False(process.HasEnded, process.Stderr);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>The directory of the daemon's directories.</summary>
    public string Folder { get; }

    public string Root => Folder + "/root";

    public string State => Folder + "/state";

    public string Address => State + "/containerd.sock";

    /// <summary>The socket for docker's clients.</summary>
    public string DockerAddress => State + "/docker.sock";

    public string Log => process.Stderr;

    /// <summary>Our daemon.</summary>
    /// <param name="directory">Directories that an earlier one left; fresh ones by default.</param>
    /// <param name="options">More of the command line.</param>
    public static DaemonUnderTest Start(string? directory = null, params IReadOnlyList<string> options) => Launch("", directory, options);

    /// <summary>Our daemon with more in its configuration.</summary>
    /// <param name="configuration">What is added.</param>
    /// <param name="directory">Directories that an earlier one left; fresh ones by default.</param>
    public static DaemonUnderTest StartWith(string configuration, string? directory = null) => Launch(configuration, directory, []);

    private static DaemonUnderTest Launch(string configuration, string? directory, IReadOnlyList<string> options)
    {
        string folder = directory ?? TestDirectory.Make("keelsond");
        File.WriteAllText(folder + "/config.toml", WithoutGarbageCollection + RestartEverySecond + configuration);
        return new(folder, directory is null, [Repository.PublishedDaemon, "--config", folder + "/config.toml", .. Command(folder), .. options]);
    }

    /// <summary>Our daemon with more of a configuration.</summary>
    /// <param name="config">More lines of it.</param>
    /// <param name="environment">Variables besides <c>PATH</c>.</param>
    /// <param name="options">More of the command line.</param>
    public static DaemonUnderTest StartConfigured(string config, IReadOnlyDictionary<string, string>? environment = null, params IReadOnlyList<string> options)
    {
        string folder = TestDirectory.Make("keelsond");
        File.WriteAllText(folder + "/config.toml", WithoutGarbageCollection + config);
        return new(folder, true, [Repository.PublishedDaemon, "--config", folder + "/config.toml", .. Command(folder), .. options], environment);
    }

    /// <summary>containerd itself.</summary>
    /// <param name="config">More of its configuration.</param>
    public static DaemonUnderTest StartReference(string config = "")
    {
        string folder = TestDirectory.Make("containerd");
        File.WriteAllText(folder + "/config.toml", $"""
            version = 2
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [ttrpc]
            address = "{folder}/ttrpc.sock"
            [plugins."io.containerd.internal.v1.opt"]
            path = "{folder}/opt"
            [plugins."io.containerd.gc.v1.scheduler"]
            startup_delay = "1h"
            mutation_threshold = 0
            {config}
            """);
        return new(folder, true, ["containerd", "--config", folder + "/config.toml", .. Places(folder)]);
    }

    /// <summary>Our daemon's directories, without a bridge on the machine.</summary>
    public static string[] Command(string folder) => [.. Places(folder), "--bridge", "none"];

    private static string[] Places(string folder) => ["--root", folder + "/root", "--state", folder + "/state", "--address", folder + "/state/containerd.sock"];

    /// <summary>The directories of our shim and runtime, and the usual ones.</summary>
    private static string SearchPath => $"{Path.GetDirectoryName(Repository.PublishedShim)}:{Path.GetDirectoryName(Repository.PublishedRuntime)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>A namespace that no other daemon of the machine has: the state of runtimes is shared by all.</summary>
    public string Space => $"kt{Environment.ProcessId}-{Path.GetFileName(Folder)}";

    /// <summary>Runs ctr in that namespace.</summary>
    public CommandResult CtrHere(params IReadOnlyList<string> arguments) => Ctr(["--namespace", Space, .. arguments]);

    /// <summary>Process ID of the daemon.</summary>
    public int Pid => process.Pid;

    /// <summary>Runs ctr against the daemon.</summary>
    public CommandResult Ctr(params IReadOnlyList<string> arguments) => ChildProcess.Run(["ctr", "--address", Address, .. arguments]);

    /// <summary>Runs ctr with text on its standard input.</summary>
    public CommandResult CtrWithInput(string input, params IReadOnlyList<string> arguments) => ChildProcess.Run(["ctr", "--address", Address, .. arguments], new() { Input = input });

    /// <summary>Starts ctr for as long as the test wants.</summary>
    public ChildProcess StartCtr(params IReadOnlyList<string> arguments) => ChildProcess.Start(["ctr", "--address", Address, .. arguments]);

    /// <summary>A connection for generated clients.</summary>
    public GrpcChannel Channel => channel ??= GrpcChannel.ForAddress("http://localhost", new()
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Address), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
        MaxReceiveMessageSize = ApiHosting.MessageLimitBytes,
        MaxSendMessageSize = ApiHosting.MessageLimitBytes,
    });

    /// <summary>Headers of a call.</summary>
    public static Metadata In(string space, string? lease = null)
    {
        Metadata headers = new() { { "containerd-namespace", space } };
        if (lease is not null) headers.Add("containerd-lease", lease);
        return headers;
    }

    /// <summary>Asks the daemon to stop.</summary>
    public void AskToStop() => process.Signal(Signals.SIGTERM);

    /// <summary>Asks the daemon to stop and waits for it.</summary>
    public CommandResult Stop()
    {
        channel?.Dispose();
        channel = null;
        if (!process.HasEnded) process.Signal(Signals.SIGTERM);
        return process.WaitForEnd();
    }

    /// <summary>Ends the daemon as a loss of power does, as far as the daemon can see.</summary>
    public void Kill()
    {
        process.Signal(Signals.SIGKILL);
        process.WaitForEnd();
    }

    public void Dispose()
    {
        Stop();
        process.Dispose();
        if (ownsDirectory) TestDirectory.Remove(Folder);
    }

    private static bool Close(FdHandle connection)
    {
        connection.Dispose();
        return true;
    }
}
