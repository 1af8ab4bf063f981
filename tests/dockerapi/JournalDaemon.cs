namespace Keelson.DockerApi.Tests;

/// <summary>A daemon in a mount namespace with a systemd-journald of its own.</summary>
public sealed class JournalDaemon : DaemonWithClients
{
    private const string Program = "/lib/systemd/systemd-journald";

    // It must not take the machine's kernel log and audit.
    private const string Script = """
        mount -t tmpfs none /run && mkdir -p /run/systemd/journald.conf.d /run/log/journal
        printf '[Journal]\nAudit=no\nReadKMsg=no\nStorage=volatile\nRateLimitBurst=0\n' > /run/systemd/journald.conf.d/test.conf
        exec "$0"
        """;

    private static readonly Lock Gate = new();
    private static ChildProcess? starting;
    private readonly ChildProcess? journal;

    public JournalDaemon() : base(isNetworked: false, before: _ => Begin())
    {
        lock (Gate) (journal, starting) = (starting, null);
    }

    /// <summary>Runs journalctl beside the daemon.</summary>
    public CommandResult Journal(params IReadOnlyList<string> arguments) => ChildProcess.Run(["nsenter", $"--mount=/proc/{journal!.Pid}/ns/mnt", "journalctl", .. arguments]);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) journal?.Dispose();
    }

    private static string[] Begin()
    {
        ChildProcess started = ChildProcess.Start(["unshare", "--mount", "--propagation", "private", "sh", "-c", Script, Program]);
        Condition.Await("journald", () => started.HasEnded || File.Exists($"/proc/{started.Pid}/root/run/systemd/journal/socket") && File.ReadAllText($"/proc/{started.Pid}/comm").StartsWith("systemd-journal", StringComparison.Ordinal));
        lock (Gate) starting = started;
        return ["nsenter", $"--mount=/proc/{started.Pid}/ns/mnt"];
    }
}
