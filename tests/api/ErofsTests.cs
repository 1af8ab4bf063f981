using Keelson.Linux.Sys;
using Keelson.Snapshots;

namespace Keelson.Api.Tests;

/// <summary>Layers as erofs images, as clients get them: ctr, which unpacks by itself and names the snapshotter, and docker's, for whom it is the default.</summary>
public sealed class ErofsTests : IDisposable
{
    private const string Kind = "erofs";
    private readonly string folder = TestDirectory.Make("erofs");

    [DaemonFact]
    public async Task Ctr_imports_pulls_and_runs_with_it()
    {
        SkipWithoutErofs();
        using RegistryUnderTest registry = new();
        string archive = folder + "/busybox.tar", name = registry.Name + "/box:1";
        await BusyboxArchive.WriteAsync(archive);
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            daemon.CtrHere("images", "import", "--snapshotter", Kind, archive).Succeeds();
            string[] layers = Layers(daemon);
            Assert.Single(layers);
            Assert.Equal("from above", Run(daemon, BusyboxArchive.Image, "echo from above > /new; cat /new").Text);
            Assert.Equal("no", Run(daemon, BusyboxArchive.Image, "ls /new 2> /dev/null || echo no").Text);

            daemon.CtrHere("images", "tag", BusyboxArchive.Image, name).Succeeds();
            daemon.CtrHere("images", "push", "--plain-http", name).Succeeds();
            daemon.CtrHere("images", "rm", "--sync", name, BusyboxArchive.Image).Succeeds();
            Assert.Empty(Layers(daemon));
            daemon.CtrHere("images", "pull", "--plain-http", "--snapshotter", Kind, name).Succeeds();
            // The same tree; the image is another one.
            Assert.Equal(layers.Select(line => line.Split(' ')[0]), Layers(daemon).Select(line => line.Split(' ')[0]));
            Assert.Empty(daemon.CtrHere("snapshots", "--snapshotter", "overlayfs", "ls").Succeeds().Lines[1..]);
            Assert.True(File.Exists(Assert.Single(Directory.GetDirectories(daemon.Root + "/snapshotters/erofs/snapshots")) + "/layer.erofs"));
            Assert.Equal("pulled", Run(daemon, name, "echo pulled").Text);
        }

        // After a restart, and after one without the mounts of before, which a start of the machine takes away.
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder)) Assert.Equal("again", Run(daemon, name, "echo again").Text);
        Unmount();
        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            Assert.Equal("and again", Run(daemon, name, "echo and again").Text);
            daemon.CtrHere("images", "rm", "--sync", name).Succeeds();
            Assert.Empty(Layers(daemon));
        }
        Assert.Empty(MountsBelow(folder));
    }

    [DaemonFact]
    public async Task It_can_be_the_default_of_dockers_clients()
    {
        SkipWithoutErofs();
        Assert.SkipUnless(File.Exists(Repository.PublishedCli), "needs the published keelson");
        string archive = folder + "/busybox.tar";
        await BusyboxArchive.WriteAsync(archive);
        using DaemonUnderTest daemon = DaemonUnderTest.StartWith($"[plugins.\"io.keelson.snapshots.v1\"]\ndefault = \"{Kind}\"\n", folder);
        CommandResult Keelson(params string[] arguments) => ChildProcess.Run([Repository.PublishedCli, "--host", "unix://" + daemon.DockerAddress, .. arguments]);

        Keelson("load", "--input", archive).Succeeds();
        Assert.Equal("written", Keelson("run", "--name", "box", "--network", "none", BusyboxArchive.Image, "sh", "-c", "echo written > /new; cat /new").Succeeds().Text);

        Assert.Equal(Kind, Keelson("info", "--format", "{{.Driver}}").Succeeds().Text);
        Assert.Equal(Kind, Keelson("inspect", "--format", "{{.Driver}}", "box").Succeeds().Text);
        Assert.Contains("A /new", Keelson("diff", "box").Succeeds().Lines);
        Keelson("commit", "box", "second:1").Succeeds();
        Assert.Equal("written", Keelson("run", "--rm", "--network", "none", "second:1", "cat", "/new").Succeeds().Text);
        Keelson("rm", "box").Succeeds();
        Keelson("rmi", "second:1", BusyboxArchive.Image).Succeeds();
        daemon.Stop();
        Assert.Empty(MountsBelow(folder));
    }

    public void Dispose()
    {
        Unmount();
        TestDirectory.Remove(folder);
    }

    private static void SkipWithoutErofs()
    {
        if (ErofsSnapshotter.Missing is { } reason) Assert.Skip(reason.Contains("mkfs", StringComparison.Ordinal) ? "needs program mkfs.erofs" : "needs erofs");
    }

    private static CommandResult Run(DaemonUnderTest daemon, string image, string script) => daemon.CtrHere("run", "--rm", "--runtime", TestContainers.Own, "--snapshotter", Kind,
        "--cgroup", $"/{TestDirectory.Name}/erofs", image, "box", "sh", "-c", $"({script}); s=$?; sleep 0.3; exit $s").Succeeds();

    private static string[] Layers(DaemonUnderTest daemon) => daemon.CtrHere("snapshots", "--snapshotter", Kind, "ls").Succeeds().Lines[1..];

    private static string[] MountsBelow(string folder) => [.. File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(place => place.StartsWith(folder + "/", StringComparison.Ordinal))];

    /// <summary>What a start of the machine does.</summary>
    private void Unmount()
    {
        foreach (string place in MountsBelow(folder)) Mounts.TryUnmount(place, UnmountFlags.MNT_DETACH);
    }
}
