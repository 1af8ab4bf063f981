using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Network.Sandboxes;

namespace Keelson.Network.UserMode;

/// <summary>The process that stands for one end of a container.</summary>
/// <param name="program">The program.</param>
/// <param name="file">The file that it writes its process ID to. Nobody else's has this name, so the process is known by it, too.</param>
internal sealed class PastaProcess(string program, string file)
{
    /// <summary>How long it may take until its device is there, and until it has ended.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20), EndLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2), LongestPause = TimeSpan.FromMilliseconds(50);

    private const int MessageLimit = 4096;

    /// <summary>The path of the program.</summary>
    /// <exception cref="KeelsonException">FailedPrecondition: it is not there.</exception>
    public static string Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal)) return File.Exists(program) ? program : throw Missing(program);
        string path = Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } set ? set : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        return path.Split(':').Select(folder => $"{folder}/{program}").FirstOrDefault(File.Exists) ?? throw Missing(program);
    }

    /// <summary>Starts it; it goes on by itself once its device is there.</summary>
    /// <param name="host">Where its connections leave from.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="KeelsonException">It could not, and says why.</exception>
    public async Task StartAsync(NetworkPlace host, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        string path = Find(program), folder = Path.GetDirectoryName(file)!;
        Files.TryMakeDirectories(folder, 0b111_000_000).ThrowIfError("make directory", folder);
        // Root of the machine would become "nobody", who may not enter the namespace. It gives up all rights but that one itself.
        string[] own = IsRootOfMachine ? ["--runas", "0:0", "--netns-only"] : ["--netns-only"];
        string[] words = [path, .. arguments, .. own, "--pid", file, "--log-file", file + ".log"];
        Files.TryMemoryFile("output", out FdHandle? output).ThrowIfError("memfd_create", "output");
        using FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDONLY), said = output!;
        int pid = host.Run(() =>
        {
            Spawn.TryStart(path, words, Variables, [nothing.Fd, said.Fd, said.Fd], "/", newSession: true, out int started).ThrowIfError("start", path);
            return started;
        });
        WaitStatus status = await AwaitChildAsync(pid, path, cancel).ConfigureAwait(false);
        if (status.Raw != 0) throw new KeelsonException(ErrorKind.Unavailable, $"start {path}: it ended with {status.ShellCode}: {Complaint(said)}");
    }

    /// <summary>Ends it, and waits until it has. One that has ended, or was never there, is no error.</summary>
    /// <exception cref="KeelsonException">Unavailable: it does not end.</exception>
    public void End()
    {
        if (Files.TryReadAll(file, out ReadOnlyMemory<byte> text, MessageLimit) == Errno.None && int.TryParse(text.Span.Trim("\n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && Processes.TryOpenPid(pid, out FdHandle? handle) == Errno.None)
        {
            using (handle)
                if (IsOurs(pid)) End(pid, handle!);
        }
        foreach (string name in (string[])[file, file + ".log"])
            if (Files.TryUnlink(name) is var errno and not (Errno.None or Errno.ENOENT)) errno.ThrowIfError("remove", name);
    }

    private static bool IsRootOfMachine => Processes.EffectiveUserId == 0 && UserNamespaces.IsInitial();

    /// <summary>Its variables: it has use for none.</summary>
    private static readonly string[] Variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"];

    /// <summary>Waits until the process that was started has ended: the one that goes on is its child.</summary>
    private static async Task<WaitStatus> AwaitChildAsync(int pid, string path, CancellationToken cancel)
    {
        long began = TimeProvider.System.GetTimestamp();
        TimeSpan pause = FirstPause;
        while (true)
        {
            Processes.TryWait(pid, out WaitStatus status, out int ended, noHang: true).ThrowIfError("wait for", path);
            if (ended == pid) return status;
            bool isLate = TimeProvider.System.GetElapsedTime(began) > StartLimit;
            if (isLate || cancel.IsCancellationRequested)
            {
                Processes.TryKill(pid, Signals.SIGKILL).ThrowIfError("kill", path);
                Processes.TryWait(pid, out _, out _).ThrowIfError("wait for", path);
                cancel.ThrowIfCancellationRequested();
                throw new KeelsonException(ErrorKind.Unavailable, $"start {path}: it had no device after {StartLimit.TotalSeconds} s");
            }
            await Task.Delay(pause, CancellationToken.None).ConfigureAwait(false);
            pause = pause < LongestPause ? pause * 2 : pause;
        }
    }

    private static void End(int pid, FdHandle process)
    {
        Errno errno = Processes.TrySignal(process.Fd, Signals.SIGTERM);
        if (errno == Errno.ESRCH) return;
        errno.ThrowIfError("end", $"process {pid}");
        Span<PollEntry> entries = [new() { Fd = process.Fd, Events = PollEvents.POLLIN }];
        Files.TryPoll(entries, (int)EndLimit.TotalMilliseconds, out int ready).ThrowIfError("wait for", $"process {pid}");
        if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"end process {pid} of pasta: it goes on after {EndLimit.TotalSeconds} s");
    }

    /// <summary>Whether the process is the one that was started, and not another one that got its number.</summary>
    private bool IsOurs(int pid) => Files.TryReadAll($"/proc/{pid}/cmdline", out ReadOnlyMemory<byte> line) == Errno.None && line.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes(file + "\0")) >= 0;

    /// <summary>What it wrote last: to its log, or before it had one.</summary>
    private string Complaint(FdHandle said)
    {
        byte[] early = new byte[MessageLimit];
        Files.TryReadAt(said.Fd, 0, early, out int count).ThrowIfError("read", "output of pasta");
        string text = Files.TryReadAll(file + ".log", out ReadOnlyMemory<byte> log) == Errno.None ? System.Text.Encoding.UTF8.GetString(log.Span) : "";
        return $"{System.Text.Encoding.UTF8.GetString(early, 0, count)}\n{text}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it says nothing";
    }

    private static KeelsonException Missing(string program) => new(ErrorKind.FailedPrecondition, $"driver pasta: the program {program} is not there; Debian has it in the package passt");
}
