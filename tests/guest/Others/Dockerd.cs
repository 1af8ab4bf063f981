using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>Debian's dockerd with checkpoints, our runtime beside runc, and an image <c>box</c>.</summary>
public sealed class Dockerd : IDisposable
{
    private readonly string folder = TestDirectory.Make("dockerd");
    private ChildProcess? process;

    /// <summary>Starts it unless it runs.</summary>
    public void Start()
    {
        if (process is not null) return;
        process = ChildProcess.Start(
            [
                "dockerd", "--experimental", "--host", $"unix://{folder}/socket", "--data-root", folder + "/data", "--exec-root", folder + "/state", "--pidfile", folder + "/pid",
                "--bridge", "none", "--iptables=false", "--ip6tables=false", "--add-runtime", "keelson=" + Repository.PublishedRuntime,
            ]);
        Condition.Await("dockerd", () => process.HasEnded || Docker("version").ExitCode == 0, Machine.Patience);
        Assert.False(process.HasEnded, process.Stderr);
        Docker("import", Machine.WriteTree(folder), "box").Succeeds();
    }

    /// <summary>Its client.</summary>
    public CommandResult Docker(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["docker", "-H", $"unix://{folder}/socket", .. arguments], Machine.Patient with { Environment = new Dictionary<string, string> { ["DOCKER_CONFIG"] = folder + "/config" } });

    public void Dispose()
    {
        if (process is not null)
        {
            if (!process.HasEnded) process.Signal(Linux.Sys.Signals.SIGTERM);
            process.WaitForEnd(Machine.Patience);
            process.Dispose();
        }
        TestDirectory.Remove(folder);
    }
}
