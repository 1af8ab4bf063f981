using System.Globalization;
using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Runtime;
using Keelson.Shim.Api;
using Keelson.Shim.Launch;
using Keelson.Shim.Loop;

namespace Keelson.Shim.Tasks;

/// <summary>An OCI runtime, through its command line; ours does its small commands in this process.</summary>
internal sealed class OciRuntime
{
    /// <summary>Where ours keeps its state unless the options name a place.</summary>
    public const string DefaultRoot = "/run/containerd/keelson";

    private const string OwnName = "keelson-runtime";
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private readonly ChildReaper reaper;
    private readonly string program;
    private readonly bool usesSystemd;
    private readonly ContainerRuntime? own;

    /// <summary>Chooses the runtime of a container.</summary>
    /// <param name="reaper">Tells when a command has ended.</param>
    /// <param name="options">Name the program, its root and its cgroup driver.</param>
    /// <param name="config">
    /// Decides whether start and delete may be done here: not when they run programs of others, or wait for processes, since this thread serves all containers.
    /// </param>
    /// <param name="containerNamespace">Containers of different namespaces may have the same name.</param>
    /// <param name="warn">Takes what is odd but no reason to stop.</param>
    /// <exception cref="KeelsonException">NotFound: there is no such program.</exception>
    public OciRuntime(ChildReaper reaper, ShimOptions options, BundleConfig config, string containerNamespace, Action<string> warn)
    {
        this.reaper = reaper;
        usesSystemd = options.SystemdCgroup;
        program = Find(options);
        Root = (options.Root.Length == 0 ? DefaultRoot : options.Root) + "/" + containerNamespace;
        if (options.BinaryName.Length == 0 && !usesSystemd && config.HasOwnPids && !config.HasHooks) own = new ContainerRuntime(new RuntimeOptions { Root = Root, Warn = warn });
    }

    /// <summary>The state directory.</summary>
    public string Root { get; }

    /// <summary>The environment of programs that the shim starts: its own, without what was meant for itself.</summary>
    public static string[] Environment
    {
        get
        {
            List<string> variables = [];
            foreach (System.Collections.DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
                if (entry is { Key: string key, Value: string value } && !key.StartsWith("DOTNET_", StringComparison.Ordinal))
                    variables.Add(key + "=" + value);
            return [.. variables];
        }
    }

    /// <summary>Lets a created container run its program.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public async Task StartAsync(string id)
    {
        if (!TryHere(id, container => container.Start())) await RunAsync(["start", id]);
    }

    /// <summary>Sends a signal to the first process of a container, or to all its processes.</summary>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public async Task KillAsync(string id, int signal, bool all)
    {
        string number = signal.ToString(CultureInfo.InvariantCulture);
        if (all || !TryHere(id, container => container.Kill(signal), locks: false)) await RunAsync(all ? ["kill", "--all", id, number] : ["kill", id, number]);
    }

    /// <summary>Removes a container.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="force">Kills it first if it runs.</param>
    /// <inheritdoc cref="RunAsync" path="/exception"/>
    public async Task DeleteAsync(string id, bool force)
    {
        // Killing waits, and that is not for this thread.
        if (force || !TryHere(id, container => container.Delete())) await RunAsync(force ? ["delete", "--force", id] : ["delete", id]);
    }

    /// <summary>Does a command in this process, which saves the start of a program.</summary>
    /// <returns>Whether it was done: not with another's runtime, nor while another command holds the container. Its program then waits, and says what is wrong.</returns>
    private bool TryHere(string id, Action<Container> command, bool locks = true)
    {
        if (own is null) return false;
        try
        {
            using Container? container = own.Find(id);
            if (container is null || locks && !container.TryLock()) return false;
            command(container);
            return true;
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(RuntimeErrors.KindOf(e.FullMessage), e.FullMessage, e);
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="words">From the command on; the global options are added.</param>
    /// <param name="stdio">Its standard streams; empty: nothing to read, and what it says is kept.</param>
    /// <returns>What it wrote to standard output, when that was kept.</returns>
    /// <exception cref="KeelsonException">It failed; the message is the runtime's own.</exception>
    public async Task<byte[]> RunAsync(string[] words, params int[] stdio)
    {
        using ProgramOutput log = new("log"), output = new("output"), errors = new("errors");
        using FdHandle nothing = Files.Open("/dev/null", OpenFlags.O_RDWR);
        string[] arguments = [program, "--root", Root, "--log", log.Path, "--log-format", "json", .. usesSystemd ? (string[])["--systemd-cgroup"] : [], .. words];
        int[] descriptors = stdio.Length switch
        {
            0 => [nothing.Fd, output.Fd, errors.Fd],
            1 => [stdio[0], output.Fd, errors.Fd],
            _ => stdio,
        };
        Spawn.TryStart(program, arguments, Environment, descriptors, null, false, out int pid).ThrowIfError("start", program);
        ChildExit exit = await reaper.Expect(pid);
        if (exit.Status.Raw == 0) return output.Read();
        string message = RuntimeErrors.LastError(log.Read()) ?? (errors.ReadText() is { Length: > 0 } said ? said : Describe(exit.Status));
        throw new KeelsonException(RuntimeErrors.KindOf(message), message);
    }

    /// <summary>IDs of the processes of a container.</summary>
    public async Task<int[]> ProcessesAsync(string id)
    {
        byte[] text = await RunAsync(["ps", "--format", "json", id]);
        List<int> pids = [];
        try
        {
            Utf8JsonReader reader = new(text);
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.Number)
                    pids.Add(reader.GetInt32());
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"read the processes of {id}: {program} wrote something else than JSON", e);
        }
        return [.. pids];
    }

    /// <summary>Reads a file with a process ID in it, as <c>--pid-file</c> makes it.</summary>
    /// <exception cref="KeelsonException">DataLoss: there is no number in it.</exception>
    public static int ReadPidFile(string path)
    {
        Files.TryReadAll(path, out ReadOnlyMemory<byte> text, limitBytes: 4096).ThrowIfError("read", path);
        return int.TryParse(text.Span.TrimEnd((byte)'\n'), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
            ? pid
            : throw new KeelsonException(ErrorKind.DataLoss, $"read {path}: it holds no process ID");
    }

    /// <summary>The runtime that the options name; else ours, beside the shim's own program or on the <c>PATH</c>.</summary>
    /// <exception cref="KeelsonException">NotFound: it is not there.</exception>
    public static string Find(ShimOptions options)
    {
        if (options.BinaryName.Length > 0) return FindOnPath(options.BinaryName);
        Files.TryReadLink("/proc/self/exe", out string shim);
        string beside = shim[..(shim.LastIndexOf('/') + 1)] + OwnName;
        return Files.TryStatus(beside, out FileStatus status) == Errno.None && !status.IsDirectory ? beside : FindOnPath(OwnName);
    }

    private static string FindOnPath(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return Files.TryStatus(program, out _) == Errno.None ? program : throw new KeelsonException(ErrorKind.NotFound, $"find {program}: no such file or directory");
        foreach (string directory in (System.Environment.GetEnvironmentVariable("PATH") ?? SearchPath).Split(':'))
            if (directory.StartsWith('/') && Files.TryStatus(directory + "/" + program, out FileStatus status) == Errno.None && !status.IsDirectory)
                return directory + "/" + program;
        throw new KeelsonException(ErrorKind.NotFound, $"find {program}: executable file not found in $PATH");
    }

    private static string Describe(WaitStatus status) => status.Signal != 0 ? "killed by " + Signals.Name(status.Signal) : "exit status " + status.ExitCode;
}
