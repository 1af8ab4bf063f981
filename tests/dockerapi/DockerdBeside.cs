namespace Keelson.DockerApi.Tests;

/// <summary>Debian's dockerd in namespaces of its own, with the image of a <see cref="DaemonWithClients"/>.</summary>
public sealed class DockerdBeside : IDisposable
{
    private readonly string folder = TestDirectory.Make("dockerd");
    private ChildProcess? process;

    /// <summary>What is missing to have one; <see langword="null"/> when nothing is.</summary>
    public static string? Missing => ClientTheoryAttribute.Missing("dockerd containerd runc unshare") ?? (File.Exists("/usr/bin/docker") ? null : "needs program docker");

    /// <summary>Runs docker 20.10 on it.</summary>
    public CommandResult Docker(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["env", "DOCKER_BUILDKIT=0", $"DOCKER_CONFIG={folder}/config", "/usr/bin/docker", "-H", $"unix://{folder}/docker.sock", .. arguments], new() { Limit = TimeSpan.FromSeconds(120) });

    /// <summary>Starts it and imports an image.</summary>
    /// <param name="tree">The archive of the image <c>busybox</c>.</param>
    /// <param name="plugins">The folder of sockets that it finds plug-ins in; none by default.</param>
    public void Start(string tree, string? plugins = null)
    {
        if (process is not null) return;
        // It looks for plug-ins in one place alone.
        string[] place = plugins is null ? [] : ["sh", "-ec", "mount -t tmpfs tmpfs /run; mkdir -p /run/docker/plugins; mount --bind \"$0\" /run/docker/plugins; exec \"$@\"", plugins];
        process = ChildProcess.Start(["unshare", "--net", "--mount", .. place, "dockerd", "--data-root", folder + "/data", "--exec-root", folder + "/exec", "--pidfile", folder + "/pid", "--host", $"unix://{folder}/docker.sock",
            "--storage-driver", "overlay2", "--bridge", "none", "--iptables=false", "--shutdown-timeout", "1", "--cgroup-parent", "/" + TestDirectory.Name]);
        Condition.Await("dockerd answers: " + process.Stderr, () => !process.HasEnded && Docker("version").ExitCode == 0);
        Docker("import", "-c", "CMD [\"sh\"]", tree, "busybox:latest").Succeeds();
    }

    public void Dispose()
    {
        if (process is not null)
        {
            process.Signal(Linux.Sys.Signals.SIGTERM);
            process.WaitForEnd();
            process.Dispose();
        }
        TestDirectory.Remove(folder);
    }
}
