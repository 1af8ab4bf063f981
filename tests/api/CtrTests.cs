using Keelson.Oci;

namespace Keelson.Api.Tests;

/// <summary>What people do with containerd's ctr, done to our daemon.</summary>
public class CtrTests
{
    [DaemonFact]
    public void Ctr_version_shows_both_sides()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        CommandResult version = daemon.Ctr("version").Succeeds();

        Assert.Matches(@"Server:\n +Version: +0\.1\.0\n +Revision: +\S+\n +UUID: [0-9a-f-]{36}", version.Stdout);
    }

    [DaemonFact]
    public void Namespaces_are_made_labelled_listed_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        daemon.Ctr("namespaces", "create", "web", "team=a", "tier=1").Succeeds();
        daemon.Ctr("namespaces", "label", "web", "tier=", "env=test").Succeeds();

        Assert.Matches(@"^web +(team=a,env=test|env=test,team=a) *$", daemon.Ctr("namespaces", "ls").Succeeds().Lines[1]);
        daemon.Ctr("namespaces", "create", "web").Fails("already exists");
        Assert.Equal("web", daemon.Ctr("namespaces", "rm", "web").Succeeds().Text);
        Assert.Empty(daemon.Ctr("namespaces", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void A_namespace_with_content_is_not_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        daemon.CtrWithInput("hello\n", "-n", "full", "content", "ingest", "ref").Succeeds();

        daemon.Ctr("namespaces", "rm", "full").Fails("failed precondition", "blobs");
    }

    [DaemonFact]
    public void Content_is_ingested_listed_read_labelled_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string digest = Digest.Of("hello\n"u8).ToString();

        daemon.CtrWithInput("hello\n", "content", "ingest", "ref").Succeeds();

        Assert.Equal(digest, daemon.Ctr("content", "ls", "-q").Succeeds().Text);
        Assert.Equal("hello\n", daemon.Ctr("content", "get", digest).Succeeds().Stdout);
        Assert.Equal("a=b", daemon.Ctr("content", "label", digest, "a=b").Succeeds().Text);
        Assert.Contains("a=b", daemon.Ctr("content", "ls").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal(digest, daemon.Ctr("content", "rm", digest).Succeeds().Text);
        Assert.Empty(daemon.Ctr("content", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Content_with_another_digest_is_refused_and_stays_an_active_ingest()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string wrong = "sha256:" + new string('0', 64);

        daemon.CtrWithInput("hello\n", "content", "ingest", "--expected-digest", wrong, "--expected-size", "6", "ref").Fails("failed precondition", wrong);

        Assert.StartsWith("ref\t6B", daemon.Ctr("content", "active").Succeeds().Lines[1], StringComparison.Ordinal);
    }

    [DaemonFact]
    public void Content_that_is_there_is_ingested_again_without_complaint()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string digest = Digest.Of("hello\n"u8).ToString();

        daemon.CtrWithInput("hello\n", "content", "ingest", "one").Succeeds();
        daemon.CtrWithInput("hello\n", "content", "ingest", "--expected-digest", digest, "--expected-size", "6", "two").Succeeds();

        Assert.Equal(digest, daemon.Ctr("content", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Content_is_edited_into_other_content()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        daemon.CtrWithInput("hello\n", "content", "ingest", "ref").Succeeds();

        File.WriteAllText(daemon.Folder + "/edited", "world\n");
        // ctr reads the file that it opened before, so the editor has to write in place.
        string edited = daemon.Ctr("content", "edit", "--editor", "cp " + daemon.Folder + "/edited", Digest.Of("hello\n"u8).ToString()).Succeeds().Text;

        Assert.Equal(Digest.Of("world\n"u8).ToString(), edited);
        Assert.Equal("world\n", daemon.Ctr("content", "get", edited).Succeeds().Stdout);
    }

    [DaemonFact]
    public void An_image_is_imported_tagged_labelled_exported_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string digest = OciArchive.Write(daemon.Folder + "/image.tar").ToString();

        daemon.Ctr("images", "import", "--no-unpack", "--base-name", "example.org/a", daemon.Folder + "/image.tar").Succeeds();
        daemon.Ctr("images", "tag", "example.org/a:t1", "example.org/a:t2").Succeeds();
        daemon.Ctr("images", "label", "example.org/a:t2", "k=v").Succeeds();

        string[] lines = daemon.Ctr("images", "ls").Succeeds().Lines;
        Assert.Equal(3, lines.Length);
        Assert.Matches($@"^example.org/a:t1 +application/vnd.oci.image.manifest.v1\+json +{digest} +\S+ KiB +linux/amd64 +- *$", lines[1]);
        Assert.Matches("^example.org/a:t2 .* k=v *$", lines[2]);
        daemon.Ctr("images", "export", daemon.Folder + "/export.tar", "example.org/a:t1").Succeeds();
        Assert.Equal("example.org/a:t2", daemon.Ctr("images", "rm", "example.org/a:t2").Succeeds().Text);
        Assert.Equal("example.org/a:t1", daemon.Ctr("images", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Removing_the_last_image_synchronously_removes_its_content()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        OciArchive.Write(daemon.Folder + "/image.tar");
        daemon.Ctr("images", "import", "--no-unpack", "--base-name", "example.org/a", daemon.Folder + "/image.tar").Succeeds();
        Assert.NotEmpty(daemon.Ctr("content", "ls", "-q").Succeeds().Lines);

        daemon.Ctr("images", "rm", "--sync", "example.org/a:t1").Succeeds();

        Assert.Empty(daemon.Ctr("content", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Leases_are_made_listed_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        Assert.Equal("mine", daemon.Ctr("leases", "create", "--id", "mine", "a=b").Succeeds().Text);
        string made = daemon.Ctr("leases", "create").Succeeds().Text;

        Assert.Equal(new[] { "mine", made }.Order(StringComparer.Ordinal), daemon.Ctr("leases", "ls", "-q").Succeeds().Lines.Order(StringComparer.Ordinal));
        Assert.Contains("a=b", daemon.Ctr("leases", "ls").Succeeds().Stdout, StringComparison.Ordinal);
        daemon.Ctr("leases", "rm", "mine").Succeeds();
        daemon.Ctr("leases", "rm", "mine").Fails("not found");
        Assert.Equal(made, daemon.Ctr("leases", "ls", "-q").Succeeds().Text);
    }

    [DaemonFact]
    public void Containers_are_made_listed_labelled_shown_and_removed()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        string rootfs = Directory.CreateDirectory(daemon.Folder + "/rootfs").FullName;

        daemon.Ctr("containers", "create", "--rootfs", rootfs, "box", "true").Succeeds();

        Assert.Matches(@"^box +- +io\.containerd\.runc\.v2 *$", daemon.Ctr("containers", "ls").Succeeds().Lines[1]);
        daemon.Ctr("containers", "label", "box", "a=b").Succeeds();
        string shown = daemon.Ctr("containers", "info", "box").Succeeds().Stdout;
        Assert.Contains("\"a\": \"b\"", shown, StringComparison.Ordinal);
        Assert.Contains("\"ociVersion\"", shown, StringComparison.Ordinal);
        daemon.Ctr("containers", "create", "--rootfs", rootfs, "box", "true").Fails("already exists");
        daemon.Ctr("containers", "info", "other").Fails("not found");
    }

    [DaemonFact]
    public void Events_tell_of_what_others_do()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        using ChildProcess events = daemon.StartCtr("events");

        // ctr does not say when it listens; a namespace made until it tells of one says so.
        int tries = 0;
        Condition.Await("ctr events", () => daemon.Ctr("namespaces", "create", $"probe{tries++}").ExitCode == 0 && events.Stdout.Contains("/namespaces/create", StringComparison.Ordinal));
        daemon.Ctr("namespaces", "create", "web", "a=b").Succeeds();
        daemon.Ctr("namespaces", "rm", "web").Succeeds();

        Condition.Await("the last event", () => events.Stdout.Contains("/namespaces/delete", StringComparison.Ordinal));
        Assert.Matches(@"UTC default /namespaces/create \{""name"":""web"",""labels"":\{""a"":""b""\}\}\n.* web /namespaces/delete \{""name"":""web""\}\n", events.Stdout);
    }

    [DaemonFact]
    public void Plugins_name_the_parts_that_are_there()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();

        string[] lines = daemon.Ctr("plugins", "ls").Succeeds().Lines;

        Assert.Matches("^TYPE +ID +PLATFORMS +STATUS *$", lines[0]);
        Assert.Contains(lines, line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^io\.containerd\.content\.v1 +content +- +ok *$"));
        Assert.Contains(lines, line => System.Text.RegularExpressions.Regex.IsMatch(line, @"^io\.containerd\.runtime\.v2 +task +linux/amd64 +ok *$"));
    }

    [DaemonTheory]
    [InlineData("")]
    [InlineData("elsewhere")]
    public async Task Programs_of_an_image_are_installed_where_the_daemon_finds_them(string folder)
    {
        string directory = TestDirectory.Make("keelsond"), place = folder.Length == 0 ? directory + "/root/opt" : $"{directory}/{folder}";
        using DaemonUnderTest daemon = DaemonUnderTest.StartWith(folder.Length == 0 ? "" : $"[plugins.\"io.containerd.internal.v1.opt\"]\npath = \"{place}\"\n", directory);
        await BusyboxArchive.WriteAsync(daemon.Folder + "/busybox.tar");
        daemon.Ctr("images", "import", daemon.Folder + "/busybox.tar").Succeeds();

        daemon.Ctr("install", BusyboxArchive.Image).Succeeds();

        Assert.Equal(File.ReadAllBytes("/bin/busybox"), File.ReadAllBytes(place + "/bin/busybox"));
        // A runtime that lies there is one that the daemon has: it is found, and is no shim.
        File.CreateSymbolicLink(place + "/bin/containerd-shim-installed-v1", "busybox");
        daemon.Ctr("run", "--runtime", "io.containerd.missing.v1", BusyboxArchive.Image, "one").Fails("binary not installed");
        Assert.DoesNotContain("binary not installed", daemon.Ctr("run", "--runtime", "io.containerd.installed.v1", BusyboxArchive.Image, "two").Fails("").Stderr, StringComparison.Ordinal);
    }

    [DaemonFact]
    public void A_specification_is_made()
    {
        using DaemonUnderTest daemon = DaemonUnderTest.Start();
        Assert.Contains("ociVersion", daemon.Ctr("oci", "spec").Succeeds().Stdout, StringComparison.Ordinal);
    }
}
