using System.Text.RegularExpressions;

namespace Keelson.Api.Tests;

/// <summary>What ctr does with tasks, done to our daemon and to containerd: the same is printed, on both outputs, but for times, numbers of processes and figures.</summary>
public partial class TaskComparisonTests
{
    /// <summary>The commands on tasks; <c>SCRIPT</c> runs what follows and stays for a moment.</summary>
    private static readonly string[][] Commands =
    [
        ["RUN", "--rm", "short", "SCRIPT echo out; echo err >&2; exit 3"], ["RUN", "--rm", "none", "nowhere"], ["RUN", "--detach", "box", "sleep 1000"], ["tasks", "ls"], ["tasks", "ls", "-q"],
        ["RUN", "--detach", "box", "sleep 1000"], ["tasks", "start", "box"], ["tasks", "start", "none"], ["tasks", "exec", "--exec-id", "a", "box", "SCRIPT echo in; exit 9"],
        ["tasks", "exec", "--exec-id", "b", "box", "nowhere"], ["tasks", "exec", "--exec-id", "c", "none", "true"], ["tasks", "exec", "--detach", "--exec-id", "d", "box", "sleep 1000"],
        ["tasks", "exec", "--detach", "--exec-id", "d", "box", "sleep 1000"], ["tasks", "ps", "box"], ["tasks", "ps", "none"], ["tasks", "pause", "box"], ["tasks", "pause", "box"], ["tasks", "ls"],
        ["tasks", "exec", "--exec-id", "e", "box", "true"], ["tasks", "resume", "box"], ["tasks", "resume", "box"], ["tasks", "ls"], ["tasks", "metrics", "none"], ["tasks", "delete", "box"], ["containers", "rm", "box"],
        ["tasks", "kill", "none"], ["tasks", "kill", "--exec-id", "x", "box"], ["tasks", "kill", "--exec-id", "d", "--signal", "KILL", "box"], ["tasks", "delete", "--exec-id", "d", "box"],
        ["tasks", "delete", "--exec-id", "d", "box"], ["tasks", "kill", "--signal", "KILL", "box"], ["AWAIT"], ["tasks", "ls"], ["tasks", "kill", "--signal", "KILL", "box"], ["tasks", "exec", "--exec-id", "f", "box", "true"],
        ["tasks", "delete", "box"], ["tasks", "delete", "box"], ["containers", "rm", "box"], ["tasks", "ls"],
    ];

    [DaemonFact]
    public void Ctr_prints_of_tasks_what_it_prints_with_containerd()
    {
        using DaemonUnderTest ours = DaemonUnderTest.Start(), theirs = DaemonUnderTest.StartReference();
        List<string> seen = [], expected = [];

        foreach (string[] command in Commands)
        {
            Task<string> other = Task.Run(() => Shape(theirs, TestContainers.Runc, command));
            seen.Add(Shape(ours, TestContainers.Runc, command));
            expected.Add(other.GetAwaiter().GetResult());
        }

        Assert.Equal(string.Join('\n', expected), string.Join('\n', seen));
    }

    private static string Shape(DaemonUnderTest daemon, string runtime, string[] command)
    {
        if (command[0] == "AWAIT")
        {
            TestContainers.AwaitStatus(daemon, "box", "STOPPED");
            return "";
        }
        string last = command[^1];
        string[] words = last.StartsWith("SCRIPT ", StringComparison.Ordinal) ? TestContainers.Script(last[7..]) : last.Split(' ');
        string[] line = command[0] == "RUN" ? TestContainers.Run(runtime, command[1..^2], command[^2], words) : [.. command[..^1], .. words];
        CommandResult result = daemon.CtrHere(line);
        return $"{string.Join(' ', command)}\n{Plain(daemon, result.Stdout)}{Lookup().Replace(Plain(daemon, result.Stderr), "container $1: $2")}exit {result.ExitCode}";
    }

    private static string Plain(DaemonUnderTest daemon, string text) => Number().Replace(Time().Replace(text.Replace(daemon.Space, "SPACE", StringComparison.Ordinal), ""), "N");

    /// <summary>Of containers the two stores speak in words of their own.</summary>
    [GeneratedRegex("""(?:look up |create )?container "?([a-z]+)"?(?: in namespace "?SPACE"?)?: .*?(not found|already exists)$""", RegexOptions.Multiline)]
    private static partial Regex Lookup();

    [GeneratedRegex("""^time="[^"]*" """, RegexOptions.Multiline)]
    private static partial Regex Time();

    [GeneratedRegex(@"\b\d{3,}\b *")]
    private static partial Regex Number();
}
