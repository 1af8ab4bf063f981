using System.Text.RegularExpressions;

namespace Keelson.DockerApi.Tests;

/// <summary>The same builds by dockerd 20.10 and here: output, configuration, history, files, and where the cache is hit.</summary>
public sealed partial class BuildComparisonTests(DaemonWithClients daemon, DockerdBeside dockerd) : IClassFixture<DaemonWithClients>, IClassFixture<DockerdBeside>
{
    private const string F = "FROM busybox\n";
    private const string Docker = "/usr/bin/docker";

    private static readonly string[] Fields = ["Env", "Cmd", "Entrypoint", "Labels", "WorkingDir", "User", "ExposedPorts", "Volumes", "OnBuild", "Healthcheck", "Shell", "StopSignal"];

    public static TheoryData<string> Builds =>
    [
        F + "ARG A=1\nENV X=1 Y=\"a b\"\nENV Z hello  world\nWORKDIR app\nRUN echo hi; echo out\nCOPY f /x/\nCOPY --chown=root:0 d /x/\nCMD echo hi\nENTRYPOINT [\"a\",\"b\"]\nSHELL [\"/bin/sh\",\"-c\"]\nEXPOSE 80 53/udp 1000-1002\nVOLUME /v /w\nUSER nob\nLABEL a=b \"c d\"=e\nSTOPSIGNAL 9\nMAINTAINER me\nONBUILD RUN echo x\n",
        F + "HEALTHCHECK --interval=30s --retries=3 CMD echo hi\nHEALTHCHECK NONE\nHEALTHCHECK --timeout=1m30s CMD [\"a\",\"b\"]\n",
        F + "ENV a=1 b=${a:-x}$a c=${q:-d} e=${a:+f} g=\\$a h=\"\\$a $a\" i='$a' k=$$ l=a\\ b m=\"q'\\\\x\" n=${a}b o=$1x\nENV a=2 z=$a\nENV y=$a x=${nope:-${a:-b}}\nLABEL p=$a\nEXPOSE $a $a/udp\n",
        F + "COPY d /x\nCOPY d/sub /x/\nCOPY f /x/f2\nCOPY l /x/l2\nCOPY g* /x/g/\nCOPY f d /y/\nCOPY [\"f\",\"/z z\"]\nCOPY . /all\nWORKDIR /all\nCOPY f .\nCOPY f rel/\nCOPY --chown=5:6 d /owned\n",
        F + "ADD tz.tar /t1\nADD tJ.tar /t2/\nADD tj.tar /t3\nCOPY tz.tar /t4\nADD f /t5/\n",
        F + "RUN echo 1 > /q && touch /bin/new\nRUN kill -0 1\nRUN true\nENV a=1\n",
        "FROM busybox AS a\nRUN echo 1 > /n\nFROM busybox AS b\nCOPY --from=a /n /m\nCOPY --from=0 /n /n2\nCOPY --from=busybox /etc/passwd /pw\nCOPY --from=a --chown=5:6 /n /m3\nFROM b\nRUN cat /n2\n",
        "ARG V=latest\nFROM busybox:$V\nARG V\nARG W=2\nRUN echo $V $W\n",
        "# syntax=foo\n# escape=`\nFROM busybox\nRUN echo a `\n b\n",
        "FROM scratch\nCOPY f /\nENV a=1\n",
        F + "WORKDIR $HOME/x\nWORKDIR ../../../y\nWORKDIR /bin\nWORKDIR /a/../b/\nUSER a b\n",
        F + "CMD a\nENTRYPOINT b\n", F + "ENTRYPOINT b\nCMD []\n", F + "CMD\n", F + "SHELL [\"/bin/sh\",\"-x\",\"-c\"]\nCMD a\nENV q=1\n",
        F + "ENV a=b\\\n  c=d \\\n# x\n  e=f\n", F + "RUN [\"echo\", \"$a\", \"x\"]\nCMD [\"x\"] more\n",
    ];

    public static TheoryData<string> Errors =>
    [
        F + "FOO x\n", "# c\n", "RUN x\n", F + "ENV X\n", F + "ENV X=1 Y\n", F + "COPY nosuch /\n", F + "COPY no* /\n", F + "COPY ../x /\n", F + "COPY f d /x\n", F + "COPY f\n", F + "COPY --chmod=1 f /\n",
        F + "RUN --mount=type=bind true\n", F + "COPY --foo=1 f /\n", F + "COPY --from=0 f /\n", F + "COPY --from=5 f /\n", F + "RUN echo bad >&2; exit 3\n", F + "ONBUILD ONBUILD RUN x\n", F + "ONBUILD FROM x\n",
        F + "CMD [\"a\", 1]\n", F + "STOPSIGNAL FOO\n", F + "EXPOSE foo\n", "FROM busybox x\n", "FROM busybox AS 1x\n", "FROM\n", "FROM ${X}\n", "# escape=x\nFROM busybox\n", "FROM scratch\n", F + "HEALTHCHECK FOO\n",
        F + "VOLUME [\"\"]\n", F + "USER\n", F + "ENV z=${q:?bad}\n", F + "ENV z=${q\n", F + "SHELL foo\n", F + "COPY --chown=zz f /\n", F + "LABEL =x\n", F + "RUN echo a \\\\\n && echo b\n", F + "ARG =x\n", F + "WORKDIR /bin/sh\n",
    ];

    [ClientTheory("dockerd containerd runc"), MemberData(nameof(Builds))]
    public void A_build_is_as_dockerds(string dockerfile)
    {
        (CommandResult theirs, CommandResult ours) = Both(dockerfile, ["-t", "made:1"]);
        Assert.Equal((0, Normal(theirs)), (ours.ExitCode, Normal(ours)));
        foreach (string field in Fields)
        {
            string format = "{{json .Config." + field + "}}";
            Assert.Equal(field + Theirs("image", "inspect", "-f", format, "made:1").Text, field + Ours("image", "inspect", "-f", format, "made:1").Text);
        }
        Assert.Equal(Theirs("image", "inspect", "-f", "{{.Author}} {{len .RootFS.Layers}}", "made:1").Text, Ours("image", "inspect", "-f", "{{.Author}} {{len .RootFS.Layers}}", "made:1").Text);
        string[] history = ["history", "--no-trunc", "--human=false", "--format", "{{.CreatedBy}} {{.Size}}", "made:1"];
        Assert.Equal(Steps(Theirs(history)), Steps(Ours(history)));
        Assert.Equal(Tree(command => Theirs(command), "theirs"), Tree(command => Ours(command), "ours"));
        (theirs, ours) = Both(dockerfile, []);
        Assert.Equal(Normal(theirs), Normal(ours));
        Theirs("rmi", "made:1").Succeeds();
        Ours("rmi", "made:1").Succeeds();
    }

    [ClientTheory("dockerd containerd runc"), MemberData(nameof(Errors))]
    public void An_error_is_as_dockerds(string dockerfile)
    {
        (CommandResult theirs, CommandResult ours) = Both(dockerfile, ["--force-rm"]);
        Assert.Equal((theirs.ExitCode, Normal(theirs), Complaint(theirs)), (ours.ExitCode, Normal(ours), Complaint(ours)));
    }

    private (CommandResult Theirs, CommandResult Ours) Both(string dockerfile, IReadOnlyList<string> options)
    {
        dockerd.Start(daemon.TreeArchive);
        string path = daemon.NewPath("context");
        BuildContextFolder.Full(path, dockerfile);
        string[] command = ["build", "--network", "none", .. options];
        return (dockerd.Docker([.. command, path]), daemon.Classic(Docker, null, [.. command, "--cgroup-parent", "/" + TestDirectory.Name, path]));
    }

    private CommandResult Theirs(params IReadOnlyList<string> command) => dockerd.Docker(command);

    private CommandResult Ours(params IReadOnlyList<string> command) => daemon.Docker(Docker, command);

    /// <summary>The output without what differs from build to build.</summary>
    private static string Normal(CommandResult result) => Identity().Replace(result.Stdout, "ID").Replace("Sending build context to Docker daemon", "", StringComparison.Ordinal);

    private static string Complaint(CommandResult result) => Identity().Replace(result.Stderr, "ID").Replace("\u001b[91m", "", StringComparison.Ordinal).Replace("\u001b[0m", "", StringComparison.Ordinal);

    private static string Steps(CommandResult history) => Sizes().Replace(Hash().Replace(history.Stdout, "$1:H"), " some");

    /// <summary>All files of the image but those that an engine puts into each container: mode, owner, size, time where it is old, name.</summary>
    private string Tree(Func<string[], CommandResult> docker, string name)
    {
        string id = docker(["create", "--network", "none", "--entrypoint", "x", "made:1"]).Succeeds().Text, file = daemon.NewPath(name + ".tar");
        docker(["export", "-o", file, id]).Succeeds();
        docker(["rm", "-v", id]).Succeeds();
        string[] lines = ChildProcess.Run(["tar", "-tvf", file, "--full-time", "--numeric-owner"]).Succeeds().Lines;
        return string.Join('\n', lines.Where(line => !Own().IsMatch(line)).Select(line => Recent().Replace(line.Replace(" ./", " ", StringComparison.Ordinal), "now")).Select(line => Blanks().Replace(line, " ")).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"\b[0-9a-f]{12}\b|sha256:[0-9a-f]{64}|[0-9.]+ ?[kM]?B\b")]
    private static partial Regex Identity();

    /// <summary>Here the size of a layer is what it takes on the disk.</summary>
    [GeneratedRegex(@" [1-9]\d*$", RegexOptions.Multiline)]
    private static partial Regex Sizes();

    [GeneratedRegex(@"(file|dir|multi):[0-9a-f]{64}")]
    private static partial Regex Hash();

    [GeneratedRegex(@" (\./)?(dev|proc|sys|\.dockerenv|etc/(hosts|hostname|resolv\.conf|mtab)|etc)(/\S*|)( -> .*)?$| \./$")]
    private static partial Regex Own();

    [GeneratedRegex(@"20[2-9]\d-\d\d-\d\d \d\d:\d\d:\d\d")]
    private static partial Regex Recent();

    [GeneratedRegex(@" +")]
    private static partial Regex Blanks();
}
