namespace Keelson.DockerApi.Tests;

/// <summary>Builds that find no room.</summary>
public sealed class BuildOnFullDiskTests(SmallDaemon daemon) : IClassFixture<SmallDaemon>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_disk_that_fills_ends_the_build_and_leaves_room_as_before(string docker)
    {
        CommandResult Build(string dockerfile, string? large = null)
        {
            BuildContextFolder folder = new BuildContextFolder(daemon.NewPath("context")).Add("Dockerfile", dockerfile);
            if (large is not null) ChildProcess.Run(["dd", "if=/dev/zero", $"of={folder.Path}/{large}", "bs=1M", "count=70"]).Succeeds();
            return daemon.Classic(docker, null, "build", "--force-rm", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, folder.Path);
        }
        long before = UsedBlocks();
        // The context itself; what a step writes; what is copied.
        Build("FROM busybox\nCOPY large /\n", "large").Exits(1).Fails("no space left on device");
        Build("FROM busybox\nRUN dd if=/dev/zero of=/large bs=1M count=70\n").Exits(1);
        Build("FROM busybox\nRUN dd if=/dev/zero of=/half bs=1M count=25\nRUN cp /half /other; cp /half /third\n").Exits(1);

        daemon.Docker(docker, "builder", "prune", "-f").Succeeds();
        daemon.Docker(docker, "image", "prune", "-f").Succeeds();
        Assert.Equal("", daemon.Docker(docker, "ps", "-aq").Succeeds().Text);
        // Trees are deleted in the background.
        Condition.Await("the room", () => UsedBlocks() < before + 1024);
        Build("FROM busybox\nRUN dd if=/dev/zero of=/large bs=1M count=20\n").Succeeds();
        daemon.Docker(docker, "image", "prune", "-f").Succeeds();
    }

    /// <summary>Blocks of a KiB.</summary>
    private long UsedBlocks() => long.Parse(ChildProcess.Run(["nsenter", $"--mount=/proc/{daemon.Pid}/ns/mnt", "df", "-k", "--output=used", daemon.Directories[0]]).Succeeds().Lines[^1], System.Globalization.CultureInfo.InvariantCulture);
}
