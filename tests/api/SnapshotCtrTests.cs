using Keelson.Oci;

namespace Keelson.Api.Tests;

/// <summary>Snapshots, layers and unpacked images through containerd's ctr.</summary>
public class SnapshotCtrTests
{
    [DaemonFact]
    public void An_image_is_unpacked_to_the_tree_that_containerd_unpacks_it_to()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start(), reference = DaemonUnderTest.StartReference();
        string archive = BigImage.Write(daemon.Folder);

        string[][] trees = [.. ((DaemonUnderTest[])[daemon, reference]).Select(one => Unpacked(one, archive))];

        Assert.True(trees[0].Length > 1000, $"{trees[0].Length} lines");
        Assert.Equal(trees[1], trees[0]);
    }

    [DaemonFact]
    public void An_imported_image_is_checked_mounted_and_unmounted()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        OciArchive.Write(daemon.Folder + "/image.tar");
        string place = Directory.CreateDirectory(daemon.Folder + "/mount").FullName;

        daemon.Ctr("images", "import", "--base-name", "example.org/a", daemon.Folder + "/image.tar").Succeeds();
        daemon.Ctr("images", "mount", "example.org/a:t1", place).Succeeds();

        Assert.Equal("text", File.ReadAllText(place + "/file"));
        Assert.Matches(@"complete \(2/2\).* true *$", daemon.Ctr("images", "check").Succeeds().Lines[1]);
        Assert.Contains("View", daemon.Ctr("snapshots", "ls").Succeeds().Stdout, StringComparison.Ordinal);
        daemon.Ctr("images", "unmount", "--rm", place).Succeeds();
        Assert.Empty(Directory.GetFiles(place));
        Assert.DoesNotContain("View", daemon.Ctr("snapshots", "ls").Succeeds().Stdout, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void Snapshots_are_prepared_mounted_committed_shown_labelled_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string place = Directory.CreateDirectory(daemon.Folder + "/mount").FullName;

        daemon.Ctr("snapshots", "prepare", "work").Succeeds();
        string mount = daemon.Ctr("snapshots", "mounts", place, "work").Succeeds().Text;
        ChildProcess.Run(["sh", "-c", $"{mount} && echo hello > {place}/file && umount {place}"]).Succeeds();
        daemon.Ctr("snapshots", "commit", "layer", "work").Succeeds();
        daemon.Ctr("snapshots", "label", "layer", "a=b").Succeeds();
        daemon.Ctr("snapshots", "view", "look", "layer").Succeeds();

        Assert.Contains("\"a\": \"b\"", daemon.Ctr("snapshots", "info", "layer").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal(" layer\n  \\_ look", daemon.Ctr("snapshots", "tree").Succeeds().Stdout.TrimEnd());
        Assert.Matches(@"^layer +\S+ KiB +2 *$", daemon.Ctr("snapshots", "usage", "layer").Succeeds().Lines[1]);
        daemon.Ctr("snapshots", "rm", "layer").Fails("failed precondition");
        daemon.Ctr("snapshots", "rm", "look", "layer").Succeeds();
        Assert.Single(daemon.Ctr("snapshots", "ls").Succeeds().Lines);
        daemon.Ctr("snapshots", "--snapshotter", "nothing", "ls").Fails("not loaded");
    }

    [DaemonFact]
    public void A_difference_is_a_layer_that_others_read()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        OciArchive.Write(daemon.Folder + "/image.tar");
        string place = Directory.CreateDirectory(daemon.Folder + "/mount").FullName;
        daemon.Ctr("images", "import", "--base-name", "example.org/a", daemon.Folder + "/image.tar").Succeeds();
        string top = daemon.Ctr("snapshots", "ls").Succeeds().Lines[1].Split(' ')[0];

        daemon.Ctr("snapshots", "prepare", "work", top).Succeeds();
        string mount = daemon.Ctr("snapshots", "mounts", place, "work").Succeeds().Text;
        ChildProcess.Run(["sh", "-c", $"{mount} && echo new > {place}/new && rm {place}/file && umount {place}"]).Succeeds();
        string list = ChildProcess.Run(["sh", "-c", $"ctr --address {daemon.Address} snapshots diff work > {daemon.Folder}/diff && tar -tzf {daemon.Folder}/diff | sort"]).Succeeds().Text;

        Assert.Equal("./\n.wh.file\nnew", list);
        Assert.Contains("containerd.io/uncompressed=sha256:", daemon.Ctr("content", "ls").Succeeds().Lines.Single(line => line.Contains(Digest.Of(File.ReadAllBytes(daemon.Folder + "/diff")).ToString(), StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [DaemonFact]
    public void Events_of_snapshots_have_the_fields_that_filters_see()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using ChildProcess events = daemon.StartCtr("events");

        int tries = 0;
        Condition.Await("ctr events", () => daemon.Ctr("snapshots", "prepare", $"probe{tries++}").ExitCode == 0 && events.Stdout.Contains("/snapshot/prepare", StringComparison.Ordinal));
        daemon.Ctr("snapshots", "prepare", "work").Succeeds();
        daemon.Ctr("snapshots", "commit", "layer", "work").Succeeds();
        daemon.Ctr("snapshots", "rm", "layer").Succeeds();

        Condition.Await("the last event", () => events.Stdout.Contains("/snapshot/remove", StringComparison.Ordinal));
        Assert.Contains("/snapshot/commit {\"key\":\"work\",\"name\":\"layer\"}", events.Stdout, StringComparison.Ordinal);
        Assert.Contains("/snapshot/remove {\"key\":\"layer\"}", events.Stdout, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void Kill_9_of_the_daemon_in_the_midst_of_unpacking_leaves_a_daemon_that_goes_on()
    {
        string folder = TestDirectory.Make("keelsond");
        string archive = BigImage.Write(folder);
        for (int delay = 0; delay < 5; delay++)
        {
            using DaemonUnderTest daemon = DaemonUnderTest.Start(folder);
            using ChildProcess import = daemon.StartCtr("images", "import", "--base-name", "example.org/a", archive);
            string directory = daemon.Root + "/snapshotters/overlayfs/snapshots";
            // Kills once there are this many hundred files more or less; the import may be done by then.
            Condition.Await("files", () => import.HasEnded || Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true }).Take(delay * 400 + 1).Count() > delay * 400);
            daemon.Kill();
            // ctr asks for a writer again and again while there is no daemon.
            import.Signal(Linux.Sys.Signals.SIGKILL);
            import.WaitForEnd();
        }

        using (DaemonUnderTest daemon = DaemonUnderTest.Start(folder))
        {
            daemon.Ctr("images", "import", "--base-name", "example.org/a", archive).Succeeds();
            Assert.Matches(@" true *$", daemon.Ctr("images", "check").Succeeds().Lines[1]);
            // What the killed ones left is held by their leases until these expire, and by nothing else.
            foreach (string lease in daemon.Ctr("leases", "ls", "-q").Succeeds().Lines) daemon.Ctr("leases", "rm", "--sync", lease).Succeeds();
            Condition.Await("two layers", () => Directory.GetDirectories(daemon.Root + "/snapshotters/overlayfs/snapshots").Length == 2);
        }
        TestDirectory.Remove(folder);
    }

    private static string[] Unpacked(DaemonUnderTest daemon, string archive)
    {
        string place = Directory.CreateDirectory(daemon.Folder + "/mount").FullName;
        daemon.Ctr("images", "import", "--base-name", "example.org/a", archive).Succeeds();
        daemon.Ctr("images", "mount", "example.org/a:big", place).Succeeds();
        try
        {
            return BigImage.Facts(place);
        }
        finally
        {
            daemon.Ctr("images", "unmount", "--rm", place).Succeeds();
        }
    }
}
