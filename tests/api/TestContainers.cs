namespace Keelson.Api.Tests;

/// <summary>How tests run containers with ctr: a busybox directory as root file system, a cgroup of the test run.</summary>
internal static class TestContainers
{
    private static int last;

    /// <summary>Our shim.</summary>
    public const string Own = "io.containerd.keelson.v2";

    /// <summary>containerd's shim, and ctr's default.</summary>
    public const string Runc = "io.containerd.runc.v2";

    /// <summary>The command line of <c>ctr run</c>.</summary>
    /// <param name="runtime">Names the shim.</param>
    /// <param name="options">More options.</param>
    /// <param name="id">The container.</param>
    /// <param name="command">What it runs.</param>
    public static string[] Run(string runtime, string[] options, string id, params string[] command) =>
    [
        "run", "--runtime", runtime, "--env", "PATH=/bin", "--cgroup", $"/{TestDirectory.Name}/{Interlocked.Increment(ref last)}", .. options, "--rootfs", BusyboxRootfs.Shared, id, .. command,
    ];

    /// <summary>
    /// A script that stays for a moment when it is done: <c>ctr</c> cancels the opening of its pipes when a program is over, and on a busy machine then loses what a short one wrote.
    /// </summary>
    public static string[] Script(string script) => ["sh", "-c", $"({script}); s=$?; sleep 0.3; exit $s"];

    /// <summary>Starts a container that sleeps.</summary>
    public static void Sleep(DaemonUnderTest daemon, string runtime, string id, params string[] options) => daemon.CtrHere(Run(runtime, ["--detach", .. options], id, "sleep", "1000")).Succeeds();

    /// <summary>Kills and removes all containers; then their shims go by themselves.</summary>
    public static void RemoveAll(DaemonUnderTest daemon)
    {
        foreach (string id in daemon.CtrHere("containers", "ls", "-q").Succeeds().Lines)
        {
            daemon.CtrHere("tasks", "delete", "--force", id);
            daemon.CtrHere("containers", "rm", id);
        }
    }

    /// <summary>The state of a task, as <c>ctr tasks ls</c> says it; empty when there is none.</summary>
    public static string Status(DaemonUnderTest daemon, string id) =>
        daemon.CtrHere("tasks", "ls").Succeeds().Lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(fields => fields[0] == id)?[2] ?? "";

    /// <summary>Waits for a state.</summary>
    public static void AwaitStatus(DaemonUnderTest daemon, string id, string status) => Condition.Await($"{id} is {status}; {daemon.Log}", () => Status(daemon, id) == status);

    /// <summary>Process IDs of programs whose command line holds a text.</summary>
    public static int[] Processes(string text) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _))
            .Where(path => Linux.Sys.Files.TryReadAll(path + "/cmdline", out ReadOnlyMemory<byte> line) == Linux.Errno.None && System.Text.Encoding.UTF8.GetString(line.Span).Replace('\0', ' ').Contains(text, StringComparison.Ordinal))
            .Select(path => int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture)),
    ];
}
