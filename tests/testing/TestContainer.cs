using System.Text.Json.Nodes;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>One container of a test, driven as a containerd shim drives it: create, start, kill, delete.</summary>
public sealed class TestContainer
{
    private readonly RuntimeUnderTest runtime;
    private ChildProcess? creation;
    private WaitStatus? ended;

    internal TestContainer(RuntimeUnderTest runtime, BundleBuilder bundle, string id)
    {
        this.runtime = runtime;
        Bundle = bundle;
        Id = id;
    }

    /// <summary>Its ID.</summary>
    public string Id { get; }

    /// <summary>Its bundle; changes after <see cref="Create"/> have no effect.</summary>
    public BundleBuilder Bundle { get; }

    /// <summary>Process ID of its first process on the host; 0 before <see cref="Create"/>.</summary>
    public int Pid { get; private set; }

    /// <summary>Where the runtime writes the process ID.</summary>
    public string PidFile => Bundle.Directory + "/pid";

    /// <summary>What the container's first process wrote to standard output so far.</summary>
    public string Output => creation?.Stdout ?? "";

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors => creation?.Stderr ?? "";

    /// <summary>Calls <c>create</c> and returns how it went.</summary>
    public CommandResult TryCreate(params ReadOnlySpan<string> options) => TryCreate(new CommandOptions(), options);

    /// <inheritdoc cref="TryCreate(ReadOnlySpan{string})"/>
    public CommandResult TryCreate(CommandOptions surroundings, params ReadOnlySpan<string> options)
    {
        creation = runtime.StartCommand(surroundings, ["create", "--bundle", Bundle.Directory, "--pid-file", PidFile, .. options, Id]);
        CommandResult result = creation.WaitForEnd();
        if (result.ExitCode == 0) Pid = int.Parse(File.ReadAllText(PidFile), System.Globalization.CultureInfo.InvariantCulture);
        return result;
    }

    /// <summary>Calls <c>create</c>, which must succeed.</summary>
    public CommandResult Create(params ReadOnlySpan<string> options) => TryCreate(options).Succeeds();

    /// <summary>Calls <c>start</c>, which must succeed.</summary>
    public void Start() => runtime.Run("start", Id).Succeeds();

    /// <summary>Calls <c>state</c>, which must succeed.</summary>
    public JsonObject State() => (JsonObject)JsonNode.Parse(runtime.Run("state", Id).Succeeds().Stdout)!;

    /// <summary>The status that <c>state</c> reports.</summary>
    public string Status => (string)State()["status"]!;

    /// <summary>Calls <c>kill</c>, which must succeed.</summary>
    public void Kill(string signal = "KILL") => runtime.Run("kill", Id, signal).Succeeds();

    /// <summary>Calls <c>exec</c> with a command line; options go before the container's ID.</summary>
    public CommandResult Exec(params ReadOnlySpan<string> command) => Exec([], command);

    /// <inheritdoc cref="Exec(ReadOnlySpan{string})"/>
    public CommandResult Exec(string[] options, params ReadOnlySpan<string> command) => runtime.Run(["exec", .. options, Id, .. command]);

    /// <summary>Calls <c>delete</c>, which must succeed.</summary>
    public void Delete(params ReadOnlySpan<string> options) => runtime.Run(["delete", .. options, Id]).Succeeds();

    /// <summary>Kills the container, waits for its end and deletes it.</summary>
    public void KillAndDelete()
    {
        Kill();
        WaitForEnd();
        Delete();
    }

    /// <summary>Waits until the first process wrote a text to standard output.</summary>
    public void WaitForOutput(string text) => Condition.Await($"'{text}' from {Id}, which wrote '{Output}'", () => Output.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until the first process is the program of the configuration: <c>start</c> may return a moment before the execve(2).</summary>
    public void WaitForProgram()
    {
        string name = (string)Bundle.Config["process"]!["args"]![0]! + "\0";
        Condition.Await($"{name} as {Id}", () => File.ReadAllText($"/proc/{Pid}/cmdline").StartsWith(name, StringComparison.Ordinal));
    }

    /// <summary>Waits until the first process ends, and reaps it.</summary>
    /// <returns>Its exit code, or 128 and the signal that ended it.</returns>
    public int WaitForEnd()
    {
        if (ended is null)
        {
            WaitUntilDead();
            Condition.Await($"the end of {Id}", TryReap);
        }
        return ended!.Value.ShellCode;
    }

    /// <summary>Waits until the first process ends, and leaves it unreaped: a zombie, as under a slow caller.</summary>
    public void WaitUntilDead()
    {
        Processes.TryOpenPid(Pid, out FdHandle? process).ThrowIfError("open process", Id);
        using (process)
        {
            Files.TryPoll([new() { Fd = process!.Fd, Events = PollEvents.POLLIN }], (int)Condition.Limit.TotalMilliseconds, out int ready).ThrowIfError("wait for", Id);
            if (ready == 0) throw new KeelsonException(ErrorKind.Unavailable, $"wait for {Id}: it did not end");
        }
    }

    /// <summary>Takes the exit status, once there is one.</summary>
    /// <returns>Whether there is nothing to wait for any more.</returns>
    internal bool TryReap()
    {
        if (Pid == 0 || ended is not null) return true;
        Errno errno = Processes.TryWait(Pid, out WaitStatus status, out int pid, noHang: true);
        if (pid == Pid) ended = status;
        return errno == Errno.ECHILD || pid == Pid;
    }
}
