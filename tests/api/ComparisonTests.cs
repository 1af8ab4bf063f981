using System.Text.RegularExpressions;

namespace Keelson.Api.Tests;

/// <summary>The same commands to our daemon and to containerd print the same, but for times and random names.</summary>
public partial class ComparisonTests
{
    private static readonly string[][] Commands =
    [
        ["namespaces", "create", "web", "a=b"], ["namespaces", "create", "web"], ["namespaces", "label", "web", "a=c"], ["namespaces", "ls"], ["namespaces", "rm", "none"],
        ["namespaces", "rm", "web"], ["namespaces", "ls", "-q"], ["content", "ls"], ["content", "active"], ["content", "get", "sha256:1"],
        ["content", "get", "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"], ["content", "rm", "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"],
        ["images", "import", "--no-unpack", "--base-name", "example.org/a", "FOLDER/image.tar"], ["images", "ls"], ["images", "tag", "example.org/a:t1", "example.org/b:t1"],
        ["images", "tag", "example.org/a:t1", "example.org/b:t1"], ["images", "label", "example.org/b:t1", "k=v"], ["images", "label", "example.org/b:t1", "k="], ["images", "ls"],
        ["images", "ls", "name==example.org/b:t1"], ["images", "ls", "name~="], ["images", "rm", "example.org/c:t1"], ["images", "rm", "example.org/b:t1"], ["images", "rm", "--sync", "example.org/a:t1"],
        ["images", "ls"], ["content", "ls"], ["leases", "create", "--id", "one", "x=y"], ["leases", "create", "--id", "one"], ["leases", "create", "--id", "-one"], ["leases", "ls", "-q"],
        ["leases", "rm", "one"], ["leases", "rm", "one"], ["leases", "ls", "-q"], ["containers", "create", "--rootfs", "/", "box", "true"], ["containers", "ls"],
        ["containers", "create", "--rootfs", "/", "box", "true"], ["containers", "label", "box", "k=v"], ["containers", "ls", "-q"], ["containers", "ls", "id==box"], ["containers", "ls", "id==other"],
        ["containers", "info", "other"], ["containers", "label", "other", "k=v"],
    ];

    [DaemonFact]
    public void Ctr_prints_and_exits_as_with_containerd()
    {
        using DaemonUnderTest ours = DaemonUnderTest.Start(), theirs = DaemonUnderTest.StartReference();
        List<string> seen = [], expected = [];
        foreach (DaemonUnderTest daemon in (DaemonUnderTest[])[ours, theirs]) OciArchive.Write(daemon.Folder + "/image.tar");

        foreach (string[] command in Commands)
        {
            expected.Add(Shape(theirs, command));
            seen.Add(Shape(ours, command));
        }

        Assert.Equal(expected, seen);
    }

    /// <summary>What a command prints to standard output without what differs from run to run, and how it ends.</summary>
    private static string Shape(DaemonUnderTest daemon, string[] command)
    {
        CommandResult result = daemon.Ctr([.. command.Select(word => word.Replace("FOLDER", daemon.Folder, StringComparison.Ordinal))]);
        string output = Time().Replace(result.Stdout, "TIME").Replace(daemon.Folder, "FOLDER", StringComparison.Ordinal);
        // Labels stand in the order that Go's maps have at the moment.
        output = Labels().Replace(output, match => string.Join(',', match.Value.Split(',').Order(StringComparer.Ordinal)));
        return $"{string.Join(' ', command)}\n{output}exit {result.ExitCode}";
    }

    [GeneratedRegex(@"\b(Less than a second|\d+ seconds?|About a minute)\b|elapsed: .*|unpacking .*|saved.*")]
    private static partial Regex Time();

    [GeneratedRegex(@"[^\s,=]+=[^\s,]+(,[^\s,=]+=[^\s,]+)+")]
    private static partial Regex Labels();
}
