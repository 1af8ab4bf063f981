using System.Security.Cryptography;

namespace Keelson.DockerApi.Tests;

/// <summary>A pull that the daemon's end broke off goes on where it was, wished since moby #4872.</summary>
public sealed class PullResumeTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    private const int LayerBytes = 24 << 20;

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory("docker-registry"), MemberData(nameof(Clients))]
    public void A_pull_goes_on_after_the_daemon_was_killed(string docker)
    {
        using DebianRegistry registry = new();
        using HaltingProxy proxy = new(int.Parse(registry.Name.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        string tree = daemon.NewPath("tree"), pushed = $"{registry.Name}/team/large:1", pulled = $"{proxy.Name}/team/large:1";
        Directory.CreateDirectory(tree);
        File.WriteAllBytes(tree + "/random", RandomNumberGenerator.GetBytes(LayerBytes));
        ChildProcess.Run(["tar", "-C", tree, "-cf", tree + ".tar", "."]).Succeeds();
        daemon.Docker(docker, "import", tree + ".tar", pushed).Succeeds();
        daemon.Docker(docker, "push", pushed).Succeeds();
        daemon.Docker(docker, "rmi", pushed).Succeeds();

        proxy.LimitBytes = LayerBytes / 2;
        using (ChildProcess pull = ChildProcess.Start([docker, "-H", daemon.Host, "pull", pulled]))
        {
            // What the proxy passed on may still be in the socket's buffer.
            Condition.Await("half of the layer", () => daemon.Directories.Sum(IngestBytes) > LayerBytes / 2 - (1 << 20));
            daemon.KillAndRestart();
            Assert.NotEqual(0, pull.WaitForEnd().ExitCode);
        }
        Assert.Equal("", daemon.Docker(docker, "images", "-q", pulled).Succeeds().Text);
        proxy.LimitBytes = long.MaxValue;

        daemon.Docker(docker, "pull", pulled).Succeeds();

        // What was in flight when the daemon was killed comes twice, and no more.
        Assert.InRange(proxy.PassedBytes, LayerBytes, LayerBytes + (2 << 20));
        string saved = daemon.NewPath("saved.tar");
        daemon.Docker(docker, "create", "--name", "resumed", "--network", "none", pulled, "none").Succeeds();
        daemon.Docker(docker, "cp", "resumed:/random", saved).Succeeds();
        Assert.True(File.ReadAllBytes(saved).AsSpan().SequenceEqual(File.ReadAllBytes(tree + "/random")));
        daemon.Docker(docker, "rm", "resumed").Succeeds();
        daemon.Docker(docker, "rmi", pulled).Succeeds();
    }

    /// <summary>Bytes of all transfers that are not at their end. One may end while they are counted.</summary>
    private static long IngestBytes(string directory)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return Directory.EnumerateFiles(directory, "*", all).Where(file => file.Contains("/ingests/", StringComparison.Ordinal))
            .Sum(file => Linux.Sys.Files.TryStatus(file, out Linux.Sys.FileStatus status) == Linux.Errno.None ? status.Size : 0);
    }
}
