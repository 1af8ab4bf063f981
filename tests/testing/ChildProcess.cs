using System.Runtime.InteropServices;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Text = Keelson.Linux.Sys.Text;

namespace Keelson.Testing;

/// <summary>
/// A process that a test started. Its output goes to files and not to pipes, so that a container which inherits them never makes the test wait.
/// </summary>
public sealed unsafe partial class ChildProcess : IDisposable
{
    private const int SetSignalMask = 8, SetSignalDefault = 4, OpaqueBytes = 512;
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly FdHandle pidFd;
    private readonly string directory, description;
    private WaitStatus? ended;

    private ChildProcess(int pid, string directory, string description)
    {
        Pid = pid;
        this.directory = directory;
        this.description = description;
        Processes.TryOpenPid(pid, out FdHandle? handle).ThrowIfError("open process", description);
        pidFd = handle!;
    }

    /// <summary>Process ID.</summary>
    public int Pid { get; }

    /// <summary>What it wrote to standard output so far; the processes that it left behind may write more.</summary>
    public string Stdout => File.ReadAllText(directory + "/stdout");

    /// <summary>What it wrote to standard error so far.</summary>
    public string Stderr => File.ReadAllText(directory + "/stderr");

    /// <summary>Starts a program. posix_spawn(3).</summary>
    /// <param name="arguments">The program, looked up in <c>PATH</c>, and its arguments.</param>
    /// <param name="options">Surroundings; defaults when left out.</param>
    /// <exception cref="LinuxException">ENOENT: there is no such program.</exception>
    public static ChildProcess Start(IReadOnlyList<string> arguments, CommandOptions? options = null)
    {
        options ??= new();
        List<string> line = [.. options.Prefix, .. arguments];
        string directory = TestDirectory.Make("io");
        string input = "/dev/null";
        if (options.Input is not null) File.WriteAllText(input = directory + "/stdin", options.Input);
        Dictionary<string, string> variables = new(options.Environment);
        variables.TryAdd("PATH", SearchPath);
        List<string> environment = [.. variables.Select(v => v.Key + "=" + v.Value)];

        byte* actions = stackalloc byte[OpaqueBytes], attributes = stackalloc byte[OpaqueBytes], signals = stackalloc byte[128];
        List<FdHandle> copies = [];
        List<nint> strings = [];
        try
        {
            Check(posix_spawn_file_actions_init(actions));
            Check(posix_spawnattr_init(attributes));
            Check(posix_spawnattr_setflags(attributes, SetSignalMask | SetSignalDefault));
            new Span<byte>(signals, 128).Clear();
            Check(posix_spawnattr_setsigmask(attributes, signals));
            new Span<byte>(signals, 8).Fill(0xff);
            Check(posix_spawnattr_setsigdefault(attributes, signals));
            Open(actions, 0, input, OpenFlags.O_RDONLY);
            Open(actions, 1, directory + "/stdout", OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND);
            Open(actions, 2, directory + "/stderr", OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND);
            foreach ((int number, FdHandle handle) in options.Descriptors)
            {
                // A copy with a high number cannot be overwritten by an earlier target.
                Files.TryDuplicate(handle.Fd, out FdHandle? copy, lowest: 500).ThrowIfError("duplicate a descriptor");
                copies.Add(copy!);
                Check(posix_spawn_file_actions_adddup2(actions, copy!.Fd, number));
            }
            if (options.Directory is not null) Check(posix_spawn_file_actions_addchdir_np(actions, options.Directory));
            byte** argv = stackalloc byte*[line.Count + 1], envp = stackalloc byte*[environment.Count + 1];
            Fill(argv, line, strings);
            Fill(envp, environment, strings);
            int pid;
            ((Errno)posix_spawnp(&pid, line[0], actions, attributes, argv, envp)).ThrowIfError("start", line[0]);
            return new ChildProcess(pid, directory, string.Join(' ', line));
        }
        finally
        {
            foreach (nint text in strings) NativeMemory.Free((void*)text);
            foreach (FdHandle copy in copies) copy.Dispose();
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such program.</exception>
    /// <exception cref="KeelsonException">Unavailable: it took too long and was killed.</exception>
    public static CommandResult Run(IReadOnlyList<string> arguments, CommandOptions? options = null)
    {
        using ChildProcess child = Start(arguments, options);
        return child.WaitForEnd(options?.Limit);
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => Processes.TrySignal(pidFd.Fd, signal).ThrowIfError("signal", description);

    /// <summary>Whether the process has ended; it is reaped then.</summary>
    public bool HasEnded
    {
        get
        {
            if (ended is not null) return true;
            Processes.TryWait(Pid, out WaitStatus status, out int pid, noHang: true).ThrowIfError("wait for", description);
            if (pid == Pid) ended = status;
            return pid == Pid;
        }
    }

    /// <summary>Waits until the process ends.</summary>
    /// <param name="limit">How long it may take; 30 s by default.</param>
    /// <exception cref="KeelsonException">Unavailable: it took too long and was killed.</exception>
    public CommandResult WaitForEnd(TimeSpan? limit = null)
    {
        if (ended is null)
        {
            Span<PollEntry> entry = [new() { Fd = pidFd.Fd, Events = PollEvents.POLLIN }];
            Errno errno;
            int ready;
            do errno = Files.TryPoll(entry, (int)(limit ?? TimeSpan.FromSeconds(30)).TotalMilliseconds, out ready);
            while (errno == Errno.EINTR);
            errno.ThrowIfError("wait for", description);
            if (ready == 0)
            {
                End();
                throw new KeelsonException(ErrorKind.Unavailable, $"wait for {description}: it took too long and was killed; stdout: {Stdout} stderr: {Stderr}");
            }
            Reap();
        }
        return new CommandResult(description, ended!.Value.ShellCode, Stdout, Stderr);
    }

    /// <summary>Kills the process if it still runs, and removes its output.</summary>
    public void Dispose()
    {
        if (ended is null) End();
        pidFd.Dispose();
        TestDirectory.Remove(directory);
    }

    private void End()
    {
        _ = Processes.TrySignal(pidFd.Fd, Signals.SIGKILL);
        Reap();
    }

    private void Reap()
    {
        Processes.TryWait(Pid, out WaitStatus status, out _).ThrowIfError("wait for", description);
        ended = status;
    }

    private static void Open(byte* actions, int fd, string path, OpenFlags flags) =>
        Check(posix_spawn_file_actions_addopen(actions, fd, path, (int)flags, 0b110_110_110));

    // These return the error number instead of setting errno.
    private static void Check(int result) => ((Errno)result).ThrowIfError("posix_spawn");

    private static void Fill(byte** array, List<string> texts, List<nint> strings)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            byte[] bytes = Text.Utf8Z(texts[i]);
            array[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
            bytes.CopyTo(new Span<byte>(array[i], bytes.Length));
            strings.Add((nint)array[i]);
        }
        array[texts.Count] = null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawnp(int* pid, string file, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int fd, int target);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string path);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* mask);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);
}
