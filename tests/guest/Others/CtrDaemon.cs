using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>A daemon that ctr speaks to, with our shim in the place of runC's, since ctr hands its options of checkpoints to no other, and the image <see cref="BusyboxArchive.Image"/>.</summary>
public sealed class CtrDaemon : IDisposable
{
    private readonly string socket;
    private readonly ChildProcess process;

    private CtrDaemon(string folder, string socket, params IReadOnlyList<string> command)
    {
        Folder = folder;
        this.socket = socket;
        string links = Directory.CreateDirectory(folder + "/links").FullName;
        File.CreateSymbolicLink(links + "/containerd-shim-runc-v2", Repository.PublishedShim);
        string path = $"{links}:{Path.GetDirectoryName(Repository.PublishedRuntime)}:/usr/sbin:/usr/bin:/sbin:/bin";
        process = ChildProcess.Start(command, new CommandOptions { Environment = new Dictionary<string, string> { ["PATH"] = path } });
        try
        {
            Condition.Await(command[0], () => process.HasEnded || Ctr("version").ExitCode == 0, Machine.Patience);
            Assert.False(process.HasEnded, process.Stderr);
            BusyboxArchive.WriteAsync(folder + "/image.tar").GetAwaiter().GetResult();
            Ctr("images", "import", folder + "/image.tar").Succeeds();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A folder for files of the test; it goes with the daemon.</summary>
    public string Folder { get; }

    /// <summary>Starts Debian's containerd.</summary>
    public static CtrDaemon StartContainerd()
    {
        string folder = TestDirectory.Make("containerd");
        File.WriteAllText(folder + "/config.toml", $"""
            version = 2
            root = "{folder}/data"
            state = "{folder}/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{folder}/socket"
            """);
        return new(folder, folder + "/socket", "containerd", "--config", folder + "/config.toml");
    }

    /// <summary>Starts keelsond.</summary>
    public static CtrDaemon StartKeelsond()
    {
        string folder = TestDirectory.Make("keelsond");
        return new(folder, folder + "/state/containerd.sock", Repository.PublishedDaemon, "--root", folder + "/data", "--state", folder + "/state", "--bridge", "none");
    }

    /// <summary>Calls ctr and waits for its end.</summary>
    public CommandResult Ctr(params IReadOnlyList<string> arguments) => ChildProcess.Run(Line(arguments), Machine.Patient);

    /// <summary>Starts ctr.</summary>
    public ChildProcess Start(params IReadOnlyList<string> arguments) => ChildProcess.Start(Line(arguments), Machine.Patient);

    public void Dispose()
    {
        if (!process.HasEnded)
        {
            // Containers would outlive it.
            foreach (string task in Ctr("tasks", "list", "--quiet").Lines) Ctr("tasks", "delete", "--force", task).Succeeds();
            process.Signal(Linux.Sys.Signals.SIGTERM);
        }
        process.WaitForEnd(Machine.Patience);
        process.Dispose();
        TestDirectory.Remove(Folder);
    }

    private string[] Line(IReadOnlyList<string> arguments) => ["ctr", "--address", socket, .. arguments];
}
