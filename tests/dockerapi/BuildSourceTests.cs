using System.Globalization;

namespace Keelson.DockerApi.Tests;

/// <summary>Contexts, files and images that a build fetches: by HTTP, by git, from registries.</summary>
public sealed class BuildSourceTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    private static readonly DateTime Then = new(2001, 9, 9, 1, 46, 40, DateTimeKind.Utc);

    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    private CommandResult Build(string docker, params IReadOnlyList<string> arguments) => BuildWithInput(docker, null, arguments);

    private CommandResult BuildWithInput(string docker, string? input, params IReadOnlyList<string> arguments) =>
        daemon.Classic(docker, input, ["build", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]);

    /// <summary>What is in an image, by its own programs.</summary>
    private string In(string docker, string image, string script) => daemon.Run(docker, "--rm", image, "sh", "-c", script).Succeeds().Stdout;

    private string Folder() => Directory.CreateDirectory(daemon.NewPath("served")).FullName;

    /// <summary>Sends a request as no client does: docker's client clones repositories itself.</summary>
    private string Post(string query) =>
        ChildProcess.Run(["curl", "-s", "-X", "POST", "--unix-socket", daemon.Host["unix://".Length..], "-w", "[%{http_code}]", "http://d/v1.41/build?networkmode=none&" + query], new() { Limit = TimeSpan.FromSeconds(60) }).Stdout;

    [ClientTheory("python3"), MemberData(nameof(Clients))]
    public void A_context_comes_by_HTTP_as_an_archive_or_as_a_Dockerfile(string docker)
    {
        string folder = Folder(), tag = daemon.NewName() + ":1";
        new BuildContextFolder(folder + "/context").Add("Dockerfile", "FROM busybox\nCOPY f /f\nCMD cat /f\n").Add("f", "by tar\n");
        ChildProcess.Run(["tar", "-C", folder + "/context", "-czf", folder + "/context.tar.gz", "."]).Succeeds();
        File.WriteAllText(folder + "/plain.txt", "FROM busybox\nCMD echo by text\n");
        File.WriteAllText(folder + "/none.bin", "neither");
        using FileServer server = new(folder);

        Build(docker, "-t", tag, server.Address + "/context.tar.gz").Succeeds();
        Assert.Equal("by tar\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);
        Build(docker, "-t", tag, server.Address + "/plain.txt").Succeeds();
        Assert.Equal("by text\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);

        Build(docker, server.Address + "/gone.tar").Exits(1).Fails("404");
        Build(docker, server.Address + "/none.bin").Exits(1);
        Build(docker, "http://127.0.0.1:1/context.tar").Exits(1).Fails("127.0.0.1:1");
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds"));
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }

    [ClientFact("git python3 curl")]
    public void A_context_comes_by_git_from_a_branch_and_a_folder()
    {
        string folder = Folder(), source = folder + "/source", docker = DaemonWithClients.Clients[0], tag = daemon.NewName();
        new BuildContextFolder(source).Add("Dockerfile", "FROM busybox\nCMD echo top\n").Add("in/Dockerfile", "FROM busybox\nCOPY f /f\nCMD cat /f\n").Add("in/f", "of the branch\n");
        Directory.CreateSymbolicLink(source + "/out", "/etc");
        foreach (string[] words in (string[][])[["init", "-q", "-b", "main", "."], ["add", "."], ["commit", "-q", "-m", "one"], ["branch", "side"]])
            ChildProcess.Run(["git", "-C", source, "-c", "user.name=t", "-c", "user.email=t@t", .. words]).Succeeds();
        ChildProcess.Run(["git", "clone", "-q", "--bare", source, folder + "/repository.git"]).Succeeds();
        // The smart protocol is fetched in depth; a server of files cannot do that.
        int port = FreePort();
        // By itself: git would start it, and leave it behind when it is killed.
        using ChildProcess server = ChildProcess.Start([ChildProcess.Run(["git", "--exec-path"]).Succeeds().Text + "/git-daemon", "--listen=127.0.0.1", "--port=" + port.ToString(CultureInfo.InvariantCulture), "--export-all", "--base-path=" + folder, "--reuseaddr"]);
        string address = string.Create(CultureInfo.InvariantCulture, $"git://127.0.0.1:{port}/repository.git");
        Condition.Await("git's daemon", () => ChildProcess.Run(["git", "ls-remote", address]).ExitCode == 0);

        Assert.Contains("Successfully tagged", Post($"remote={address}&t={tag}"), StringComparison.Ordinal);
        Assert.Equal("top\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);
        Assert.Contains("Successfully tagged", Post($"remote={Uri.EscapeDataString(address + "#side:in")}&t={tag}"), StringComparison.Ordinal);
        Assert.Equal("of the branch\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);

        Assert.Contains("[503]", Post($"remote={Uri.EscapeDataString(address + "#nosuch")}"), StringComparison.Ordinal);
        foreach (string inside in (string[])["out", "../..", "nosuch"]) Assert.Contains("it has no directory " + inside, Post($"remote={Uri.EscapeDataString(address + "#main:" + inside)}"), StringComparison.Ordinal);
        foreach (string bad in (string[])["git://127.0.0.1:1/x.git#--upload-pack=touch /tmp/x", "git@-oProxyCommand=x:y", "ext::sh -c x", "file:///etc"])
            Assert.Matches(@"\[(400|503)\]$", Post($"remote={Uri.EscapeDataString(bad)}"));
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds"));
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }

    [ClientTheory("python3"), MemberData(nameof(Clients))]
    public void ADD_fetches_files_with_their_time_and_sees_when_they_change(string docker)
    {
        string folder = Folder(), tag = daemon.NewName() + ":1";
        File.WriteAllText(folder + "/file", "first\n");
        File.SetLastWriteTimeUtc(folder + "/file", Then);
        ChildProcess.Run(["tar", "-C", folder, "-cf", folder + "/archive.tar", "file"]).Succeeds();
        using FileServer server = new(folder);
        string dockerfile = $"FROM busybox\nADD {server.Address}/file /to/\nADD {server.Address}/file /renamed\nADD {server.Address}/archive.tar /as-it-is/\n";

        BuildWithInput(docker, dockerfile, "-t", tag, "-").Succeeds();
        Assert.Equal("first\nfirst\n-rw------- 1000000000\narchive.tar\n", In(docker, tag, "cat /to/file /renamed; ls -l /to/file | cut -c1-10 | tr '\\n' ' '; busybox stat -c %Y /to/file; ls /as-it-is"));
        Assert.Equal(3, BuildWithInput(docker, dockerfile, "-t", tag, "-").Succeeds().Lines.Count(line => line == " ---> Using cache"));
        File.WriteAllText(folder + "/file", tag + "\n");
        Assert.Equal(0, BuildWithInput(docker, dockerfile, "-t", tag, "-").Succeeds().Lines.Count(line => line == " ---> Using cache"));
        Assert.Equal(tag + "\n", In(docker, tag, "cat /to/file"));

        BuildWithInput(docker, $"FROM busybox\nADD {server.Address}/gone /x\n", "-").Exits(1).Fails("ADD failed: failed to GET " + server.Address + "/gone with status 404");
        BuildWithInput(docker, $"FROM busybox\nADD {server.Address}/ /x/\n", "-").Exits(1).Fails("cannot determine filename for source");
        BuildWithInput(docker, "FROM busybox\nADD http://127.0.0.1:1/x /x\n", "-").Exits(1).Fails("127.0.0.1:1");
        BuildWithInput(docker, $"FROM busybox\nCOPY {server.Address}/file /x\n", "-").Exits(1).Fails("source can't be a URL for COPY");
        Assert.Empty(Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds"));
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }

    [ClientTheory("docker-registry htpasswd"), MemberData(nameof(Clients))]
    public void FROM_pulls_with_the_clients_password_and_for_a_platform(string docker)
    {
        using DebianRegistry registry = new(needsPassword: true);
        string name = $"{registry.Name}/team/base:1", tag = daemon.NewName() + ":1";
        daemon.LogIn(registry.Name, DebianRegistry.User, DebianRegistry.Password);
        daemon.Docker(docker, "tag", "busybox", name).Succeeds();
        daemon.Docker(docker, "push", name).Succeeds();
        daemon.Docker(docker, "rmi", name).Succeeds();

        BuildWithInput(docker, $"FROM {name}\nCMD echo pulled\n", "-t", tag, "-").Succeeds();
        Assert.Equal("pulled\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);
        daemon.Docker(docker, "rmi", tag, name).Succeeds();
        BuildWithInput(docker, $"FROM {name}\n", "--platform", "linux/amd64", "-t", tag, "-").Succeeds();
        BuildWithInput(docker, $"FROM {name}\n", "--platform", "a/b/c/d", "-").Exits(1).Fails("a/b/c/d");
        // There is none for that platform, here or there.
        BuildWithInput(docker, $"FROM {name}\n", "--platform", "linux/s390x", "-").Exits(1);
        daemon.LogOut();
        daemon.Docker(docker, "rmi", tag, name).Succeeds();
        BuildWithInput(docker, $"FROM {name}\n", "-t", tag, "-").Exits(1);
    }

    private static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
