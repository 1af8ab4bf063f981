using System.Globalization;

namespace Keelson.DockerApi.Tests;

/// <summary>What people do with <c>docker build</c>, by docker's own clients and ours.</summary>
public sealed class BuildTests(DaemonWithClients daemon) : IClassFixture<DaemonWithClients>
{
    public static TheoryData<string> Clients => [.. DaemonWithClients.Clients];

    private CommandResult Build(string docker, BuildContextFolder folder, params IReadOnlyList<string> arguments) => BuildWithInput(docker, null, [.. arguments, folder.Path]);

    private CommandResult BuildWithInput(string docker, string? input, params IReadOnlyList<string> arguments) =>
        daemon.Classic(docker, input, ["build", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, .. arguments]);

    private BuildContextFolder Folder(string dockerfile) => new BuildContextFolder(daemon.NewPath("context")).Add("Dockerfile", dockerfile);

    private int Images(string docker) => daemon.Docker(docker, "images", "-aq").Lines.Length;

    [ClientTheory, MemberData(nameof(Clients))]
    public void An_image_is_built_runs_and_is_built_again_from_the_cache(string docker)
    {
        string tag = daemon.NewName() + ":1";
        BuildContextFolder folder = Folder($"FROM busybox\nENV who={tag}\nRUN echo made > /made; echo said\nCOPY f /f\nWORKDIR /w\nCMD cat /made /f\n").Add("f", "file\n");
        CommandResult first = Build(docker, folder, "-t", tag).Succeeds();
        Assert.Contains("said", first.Stdout, StringComparison.Ordinal);
        Assert.Contains("Successfully tagged " + tag, first.Stdout, StringComparison.Ordinal);
        Assert.Equal("made\nfile\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);
        Assert.Equal(5, Build(docker, folder, "-t", tag).Succeeds().Lines.Count(line => line == " ---> Using cache"));
        folder.Add("f", "other\n");
        CommandResult third = Build(docker, folder, "-t", tag).Succeeds();
        Assert.Equal(2, third.Lines.Count(line => line == " ---> Using cache"));
        Assert.Equal("made\nother\n", daemon.Run(docker, "--rm", tag).Succeeds().Stdout);
        Assert.Equal(0, Build(docker, folder, "--no-cache").Succeeds().Lines.Count(line => line == " ---> Using cache"));
        daemon.Docker(docker, "rmi", tag).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_step_that_fails_ends_the_build_with_its_code(string docker)
    {
        string mark = daemon.NewName();
        CommandResult failed = Build(docker, Folder($"FROM busybox\nENV x={mark}\nRUN echo bad >&2; exit 7\n"), "--force-rm");
        failed.Exits(7).Fails("The command '/bin/sh -c echo bad >&2; exit 7' returned a non-zero code: 7");
        Assert.Equal("", daemon.Docker(docker, "ps", "-aq").Text);
        Build(docker, Folder("FROM busybox\nCOPY nosuch /\n")).Fails("COPY failed: file not found in build context or excluded by .dockerignore: stat nosuch: file does not exist");
        Build(docker, Folder("FROM busybox\nFOO x\n")).Fails("dockerfile parse error line 2: unknown instruction: FOO");
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Steps_are_children_that_go_with_their_image(string docker)
    {
        string tag = daemon.NewName() + ":1";
        int before = Images(docker);
        Build(docker, Folder($"FROM busybox\nENV a={tag}\nENV b=1\nENV c=1\n"), "-t", tag).Succeeds();
        Assert.Equal(before + 3, Images(docker));
        string id = daemon.Docker(docker, "image", "inspect", "-f", "{{.Id}}", tag).Text, parent = daemon.Docker(docker, "image", "inspect", "-f", "{{.Parent}}", tag).Text;
        daemon.Docker(docker, "rmi", parent).Fails("image has dependent child images");
        Assert.DoesNotContain(parent[7..19], daemon.Docker(docker, "images", "-q").Lines);
        string[] gone = daemon.Docker(docker, "rmi", tag).Succeeds().Lines;
        Assert.Contains("Untagged: " + tag, gone);
        Assert.Contains("Deleted: " + id, gone);
        Assert.Contains("Deleted: " + parent, gone);
        Assert.Equal(before, Images(docker));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void What_a_step_leaves_of_its_container_is_no_layer(string docker)
    {
        string tag = daemon.NewName() + ":1";
        Build(docker, Folder($"FROM busybox\nRUN true\nRUN echo {tag} > /x\n"), "-t", tag).Succeeds();
        string[] sizes = daemon.Docker(docker, "history", "--human=false", "--format", "{{.Size}}", tag).Lines;
        Assert.Equal((true, "0"), (int.Parse(sizes[0], CultureInfo.InvariantCulture) > 0, sizes[1]));
        Assert.Equal("2", daemon.Docker(docker, "image", "inspect", "-f", "{{len .RootFS.Layers}}", tag).Text);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_commit_is_one_layer_on_top_of_its_image(string docker)
    {
        string name = daemon.NewName();
        daemon.Run(docker, "--name", name, "busybox", "sh", "-c", "echo 1 > /made; rm /bin/wc").Succeeds();
        daemon.Docker(docker, "commit", name, name + ":1").Succeeds();
        Assert.Equal("2", daemon.Docker(docker, "image", "inspect", "-f", "{{len .RootFS.Layers}}", name + ":1").Text);
        Assert.Equal("1", daemon.Run(docker, "--rm", name + ":1", "cat", "/made").Text);
        daemon.Run(docker, "--rm", name + ":1", "ls", "/bin/wc").Exits(1);
        daemon.Docker(docker, "rm", name).Succeeds();
        daemon.Docker(docker, "rmi", name + ":1").Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Contexts_and_Dockerfiles_come_from_standard_input_too(string docker)
    {
        BuildContextFolder folder = Folder("FROM busybox\nCOPY . /c\nRUN ls /c\n").Add("f", "1").Add("ignored", "2").Add(".dockerignore", "ign*\nDockerfile\n");
        Assert.Contains("Successfully built", BuildWithInput(docker, "FROM busybox\nENV a=stdin\n", "-").Succeeds().Stdout, StringComparison.Ordinal);
        CommandResult built = BuildWithInput(docker, "FROM busybox\nCOPY . /c\nRUN ls -A /c; echo end\n", "--no-cache", "-f", "-", folder.Path).Succeeds();
        Assert.Equal([".dockerignore", "f", "end"], built.Lines.Where(line => line is ".dockerignore" or "f" or "end" or "ignored" or "Dockerfile"));
        string iid = daemon.NewPath("iid");
        string quiet = Build(docker, folder, "-q", "--iidfile", iid).Succeeds().Text;
        Assert.Equal((quiet, true), (File.ReadAllText(iid).Trim(), quiet.StartsWith("sha256:", StringComparison.Ordinal)));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Build_cache_is_seen_and_pruned(string docker)
    {
        string tag = daemon.NewName() + ":1";
        BuildContextFolder folder = Folder($"FROM busybox\nENV a={tag}\nRUN echo {tag} > /x\nENV b=1\n");
        Build(docker, folder, "-t", tag).Succeeds();
        Assert.Contains("Build Cache", daemon.Docker(docker, "system", "df").Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Contains("regular", daemon.Docker(docker, "system", "df", "-v").Succeeds().Stdout, StringComparison.Ordinal);
        int before = Images(docker);
        daemon.Docker(docker, "builder", "prune", "-af").Succeeds();
        Assert.True(Images(docker) <= before - 2);
        Assert.Equal(tag, daemon.Run(docker, "--rm", tag, "cat", "/x").Text);
        Assert.Equal(0, Build(docker, folder).Succeeds().Lines.Count(line => line == " ---> Using cache"));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void Steps_of_an_image_from_elsewhere_count_only_when_asked_for(string docker)
    {
        // CVE-2024-24557: a loaded image that claims to be a step of this Dockerfile.
        string tag = daemon.NewName() + ":1", file = daemon.NewPath("image.tar");
        BuildContextFolder folder = Folder($"FROM busybox\nENV a={tag}\nRUN echo {tag} > /x\n");
        Build(docker, folder, "-t", tag).Succeeds();
        string id = daemon.Docker(docker, "image", "inspect", "-f", "{{.Id}}", tag).Text;
        daemon.Docker(docker, "save", "-o", file, tag).Succeeds();
        daemon.Docker(docker, "rmi", tag).Succeeds();
        daemon.Docker(docker, "load", "-i", file).Succeeds();
        Assert.Equal(0, Build(docker, folder).Succeeds().Lines.Count(line => line == " ---> Using cache"));
        daemon.Docker(docker, "builder", "prune", "-af").Succeeds();
        Assert.Equal(2, Build(docker, folder, "--cache-from", tag, "-t", tag).Succeeds().Lines.Count(line => line == " ---> Using cache"));
        Assert.Equal(id, daemon.Docker(docker, "image", "inspect", "-f", "{{.Id}}", tag).Text);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void The_cache_outlives_the_daemon(string docker)
    {
        BuildContextFolder folder = Folder($"FROM busybox\nENV a={daemon.NewName()}\nRUN true\nENV b=1\n");
        Build(docker, folder).Succeeds();
        daemon.KillAndRestart();
        Assert.Equal(3, Build(docker, folder).Succeeds().Lines.Count(line => line == " ---> Using cache"));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_build_whose_daemon_is_killed_goes_on_from_its_last_step(string docker)
    {
        string name = daemon.NewName();
        BuildContextFolder folder = Folder($"FROM busybox\nRUN echo {name} > /1\nRUN echo 2 > /2\nENV b=3\nRUN test -e /2 && sleep 3\n");
        using (ChildProcess client = ChildProcess.Start(daemon.ClassicCommand(docker, ["build", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, folder.Path])))
        {
            Condition.Await("its step runs: " + client.Stderr, () => daemon.Docker(docker, "ps", "--no-trunc", "--filter", "status=running", "--format", "{{.Command}}").Text.Contains("sleep 3", StringComparison.Ordinal));
            daemon.KillAndRestart();
            client.WaitForEnd();
        }
        Assert.Equal(3, Build(docker, folder).Succeeds().Lines.Count(line => line == " ---> Using cache"));
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_daemon_that_is_killed_in_a_commit_has_the_whole_image_or_none(string docker)
    {
        string name = daemon.NewName(), tag = name + ":1";
        daemon.Run(docker, "--name", name, "busybox", "sh", "-c", "head -c 20000000 /dev/urandom > /made; md5sum /made").Succeeds();
        string sum = daemon.Docker(docker, "logs", name).Text;
        string[] before = Dangling(docker);
        List<bool> made = [];
        for (int delay = 20; made.Count < 12 || !made.Contains(true); delay += 60)
        {
            using ChildProcess client = ChildProcess.Start(daemon.ClassicCommand(docker, ["commit", name, tag]));
            using ManualResetEventSlim never = new();
            never.Wait(delay);
            daemon.KillAndRestart();
            int code = client.WaitForEnd().ExitCode;
            bool isThere = daemon.Docker(docker, "images", "-q", tag).Text.Length > 0;
            made.Add(isThere);
            Assert.True(isThere || code != 0);
            if (isThere)
            {
                Assert.Equal(sum, daemon.Run(docker, "--rm", tag, "sh", "-c", "md5sum /made").Succeeds().Text);
                daemon.Docker(docker, "rmi", tag).Succeeds();
            }
            // One that was made and had no name yet is whole, too.
            foreach (string id in Dangling(docker).Except(before))
            {
                Assert.Equal(sum, daemon.Run(docker, "--rm", id, "sh", "-c", "md5sum /made").Succeeds().Text);
                daemon.Docker(docker, "rmi", id).Succeeds();
            }
            Assert.Equal(name, daemon.Docker(docker, "ps", "-a", "--filter", "name=" + name, "--format", "{{.Names}}").Text);
        }
        Assert.Contains(false, made);
        daemon.Docker(docker, "rm", name).Succeeds();
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_client_that_goes_away_ends_its_build(string docker)
    {
        BuildContextFolder folder = Folder($"FROM busybox\nENV a={daemon.NewName()}\nRUN sleep 1000\n");
        using (ChildProcess client = ChildProcess.Start(daemon.ClassicCommand(docker, ["build", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, folder.Path])))
        {
            Condition.Await("its step runs: " + client.Stderr, () => daemon.Docker(docker, "ps", "-q").Text.Length > 0);
            client.Signal(Linux.Sys.Signals.SIGKILL);
        }
        Condition.Await("nothing is left", () => daemon.Docker(docker, "ps", "-aq").Text.Length == 0 && Left().Length == 0);
    }

    [ClientTheory, MemberData(nameof(Clients))]
    public void A_daemon_that_is_killed_at_any_step_leaves_nothing(string docker)
    {
        BuildContextFolder folder = Folder($"FROM busybox\nENV a={daemon.NewName()}\nRUN echo 1 > /1\nCOPY f /f\nWORKDIR /w\nRUN sleep 0.05\nCOPY f /g\n").Add("f", new string('x', 1 << 20));
        for (int delay = 0; delay < 600; delay += 60)
        {
            using ChildProcess client = ChildProcess.Start(daemon.ClassicCommand(docker, ["build", "--no-cache", "--network", "none", "--cgroup-parent", "/" + TestDirectory.Name, folder.Path]));
            using ManualResetEventSlim never = new();
            never.Wait(delay);
            daemon.KillAndRestart();
            client.WaitForEnd();
            // What a container had half-made goes beside the first requests.
            Condition.Await("nothing is left", () => daemon.Docker(docker, "ps", "-aq").Text.Length == 0 && Left().Length == 0);
        }
        Build(docker, folder).Succeeds();
    }

    private string[] Dangling(string docker) => daemon.Docker(docker, "images", "-q", "--filter", "dangling=true").Lines;

    /// <summary>Directories of builds that are there still.</summary>
    private string[] Left() => Directory.GetFileSystemEntries(daemon.Directories[0] + "/builds");
}
