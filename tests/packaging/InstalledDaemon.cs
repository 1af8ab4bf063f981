using Keelson.Linux.Sys;

namespace Keelson.Packaging.Tests;

/// <summary>
/// An installed daemon where it belongs: in a mount namespace in which <c>/usr/local</c> and <c>/etc</c> are the installed ones. Its sockets are handed over by
/// <c>systemd-socket-activate</c>, which starts it with the first connection, and it tells this process that it is ready.
/// </summary>
public sealed class InstalledDaemon : IDisposable
{
    private const string Enter = """
        mount --bind "$0/usr/local" /usr/local
        mount -t overlay -o "lowerdir=$0/etc:/etc" none /etc
        exec "$@"
        """;

    // Short: paths of sockets below it are long.
    private readonly string folder = TestDirectory.Make("d");
    private readonly StandInManager manager = new();
    private readonly ChildProcess process;

    /// <param name="destination">Where it was installed.</param>
    /// <param name="sockets">Where the service manager listens, besides the two sockets of each daemon.</param>
    public InstalledDaemon(Destination destination, params IReadOnlyList<string> sockets)
    {
        Directory.CreateDirectory(folder + "/state");
        IEnumerable<string> listen = ((string[])[DockerSocket, folder + "/state/containerd.sock", .. sockets]).SelectMany(socket => (string[])["-l", socket]);
        IEnumerable<string> environment = ((string[])["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", $"NOTIFY_SOCKET={manager.Address}", ShimSockets]).SelectMany(variable => (string[])["-E", variable]);
        process = ChildProcess.Start(In(destination,
            ["systemd-socket-activate", .. listen, .. environment, "/usr/local/bin/keelsond", "--root", folder + "/root", "--state", folder + "/state", "--bridge", "none"]));
        Condition.Await("the service manager to listen", () =>
        {
            Assert.False(process.HasEnded, process.Stderr);
            return process.Stderr.Split("Listening on").Length > 2 + sockets.Count;
        });
    }

    /// <summary>The socket for docker's clients.</summary>
    public string DockerSocket => folder + "/state/docker.sock";

    /// <summary>What processes of this daemon have in their environment.</summary>
    public string ShimSockets => $"KEELSON_SHIM_SOCKETS={folder}/s";

    /// <summary>Process ID.</summary>
    public int Pid => process.Pid;

    /// <summary>A command that sees the installed files where they belong.</summary>
    public static string[] In(Destination destination, params IReadOnlyList<string> command) =>
        ["unshare", "--mount", "--propagation", "private", "sh", "-ec", Enter, destination.Root, .. command];

    /// <summary>Docker's own client.</summary>
    public CommandResult Docker(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["/usr/bin/docker", "-H", "unix://" + DockerSocket, .. arguments], new() { Limit = TimeSpan.FromSeconds(60), Environment = new Dictionary<string, string> { ["DOCKER_CONFIG"] = folder + "/config" } });

    /// <summary>Brings an image of busybox.</summary>
    public void Import()
    {
        string tree = folder + "/tree";
        Directory.CreateDirectory(tree + "/bin");
        File.Copy("/bin/busybox", tree + "/bin/busybox");
        foreach (string applet in (string[])["sh", "echo", "sleep"]) File.CreateSymbolicLink($"{tree}/bin/{applet}", "busybox");
        ChildProcess.Run(["tar", "-C", tree, "-cf", folder + "/tree.tar", "."]).Succeeds();
        Docker("import", folder + "/tree.tar", "busybox").Succeeds();
    }

    /// <summary>What the manager is told next.</summary>
    public string Hear() => manager.Hear();

    /// <summary>Asks the daemon to stop, or waits for one that has a reason to.</summary>
    public CommandResult Stop()
    {
        if (!process.HasEnded) process.Signal(Signals.SIGTERM);
        return WaitForEnd();
    }

    /// <summary>Waits for its end.</summary>
    public CommandResult WaitForEnd() => process.WaitForEnd(Condition.Limit);

    public void Dispose()
    {
        if (!process.HasEnded)
        {
            string[] left = Docker("ps", "-aq").Lines;
            if (left.Length > 0) Docker(["rm", "-f", .. left]);
            Stop();
        }
        process.Dispose();
        manager.Dispose();
        TestDirectory.Remove(folder);
    }
}
