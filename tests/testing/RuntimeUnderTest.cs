using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Testing;

/// <summary>
/// The OCI runtime that is tested, through its command line, with a state directory, a cgroup and a work directory that belong to one test.
/// </summary>
/// <remarks>
/// <c>KEELSON_TEST_RUNTIME</c> names the program; without it, it is the published <c>keelson-runtime</c> of this source tree.
/// <see cref="Dispose"/> deletes what the test left and fails it when the runtime left a mount, cgroup, process or state behind.
/// The test program adopts orphans, so it sees how the first process of a container ended, as a containerd shim does.
/// </remarks>
public sealed partial class RuntimeUnderTest : IDisposable
{
    private static int last;
    private readonly int number = Interlocked.Increment(ref last);
    private readonly List<TestContainer> containers = [];
    private readonly HashSet<string> ids = [];
    private readonly List<ChildProcess> children = [];
    private readonly List<int> adopted = [];

    static RuntimeUnderTest()
    {
        _ = TestDirectory.Root;
        Processes.TryBecomeSubreaper().ThrowIfError("become the reaper of orphans");
    }

    /// <summary>Makes a place for one test.</summary>
    /// <param name="rootless">Runs the runtime as user and group 1000 with an <c>XDG_RUNTIME_DIR</c> of its own, instead of as root.</param>
    public RuntimeUnderTest(bool rootless = false)
    {
        IsRootless = rootless;
        WorkDirectory = TestDirectory.Make("test");
        StateDirectory = WorkDirectory + "/state";
        if (!rootless) return;
        foreach (string name in (ReadOnlySpan<string>)["/state", "/xdg"])
        {
            Directory.CreateDirectory(WorkDirectory + name);
            TestDirectory.SetMode(WorkDirectory + name, 0b111_000_000);
            Files.TryChangeOwner(WorkDirectory + name, 1000, 1000).ThrowIfError("chown", name);
        }
        Files.TryChangeOwner(WorkDirectory, 1000, 1000).ThrowIfError("chown", WorkDirectory);
    }

    /// <summary>Path of the program.</summary>
    public static string Program { get; } = System.Environment.GetEnvironmentVariable("KEELSON_TEST_RUNTIME") is { Length: > 0 } path ? Path.GetFullPath(path) : FindPublished();

    /// <summary>The program that this test calls; <see cref="Program"/> unless the test has a copy of it.</summary>
    public string Executable { get; init; } = Program;

    /// <summary>Words put before every call of the runtime: a launcher that takes something away from it.</summary>
    public IReadOnlyList<string> Prefix { get; init; } = [];

    /// <summary>Options before every command: <c>--systemd-cgroup</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Variables that every call has besides.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the program is run by an ordinary user.</summary>
    public bool IsRootless { get; }

    /// <summary>A directory on tmpfs for this test.</summary>
    public string WorkDirectory { get; }

    /// <summary>The runtime's <c>--root</c>.</summary>
    public string StateDirectory { get; }

    /// <summary>The cgroup above those of this test's containers, below each hierarchy.</summary>
    public string Cgroup => $"/{TestDirectory.Name}/{number}";

    /// <summary>A variable that every process of this test has in its environment.</summary>
    public string Mark => $"KEELSON_TEST={TestDirectory.Name}/{number}";

    /// <summary>A container ID that no other test uses.</summary>
    public string NewId()
    {
        // Tests start several at once.
        lock (ids)
        {
            string id = $"kt{System.Environment.ProcessId}-{number}-{ids.Count}";
            ids.Add(id);
            return id;
        }
    }

    /// <summary>Starts a bundle; nothing is written before <see cref="BundleBuilder.Write"/> or before a container is made of it.</summary>
    public BundleBuilder Bundle(params string[] arguments)
    {
        int own = Interlocked.Increment(ref bundles);
        string directory = Directory.CreateDirectory($"{WorkDirectory}/bundle{own}").FullName;
        if (IsRootless) Files.TryChangeOwner(directory, 1000, 1000).ThrowIfError("chown", directory);
        BundleBuilder bundle = new(directory, $"{Cgroup}/{own}", Mark);
        return arguments.Length == 0 ? bundle : bundle.Args(arguments);
    }
    private int bundles;

    /// <summary>A container of a bundle, which is written; the runtime is not called yet.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="id">Its ID; a new one by default.</param>
    public TestContainer Container(BundleBuilder bundle, string? id = null)
    {
        if (id is null) id = NewId();
        else lock (ids) ids.Add(id);
        TestContainer container = new(this, bundle.Write(), id);
        lock (containers) containers.Add(container);
        return container;
    }

    /// <summary>Creates and starts a container.</summary>
    public TestContainer Start(BundleBuilder bundle)
    {
        TestContainer container = Container(bundle);
        container.Create();
        container.Start();
        return container;
    }

    /// <summary>Starts a container that waits for signals: <c>sleep</c> as its first process.</summary>
    public TestContainer StartSleeping() => Start(Bundle("sleep", "1000"));

    /// <summary>Runs a bundle to its end with <c>run</c>.</summary>
    public CommandResult RunBundle(BundleBuilder bundle, params ReadOnlySpan<string> options)
    {
        TestContainer container = Container(bundle);
        return Run(["run", .. options, "--bundle", bundle.Directory, container.Id]);
    }

    /// <summary>Calls the runtime with its <c>--root</c> and waits for its end.</summary>
    public CommandResult Run(params ReadOnlySpan<string> arguments) => Run(new CommandOptions(), arguments);

    /// <inheritdoc cref="Run(ReadOnlySpan{string})"/>
    public CommandResult Run(CommandOptions options, params ReadOnlySpan<string> arguments) => ChildProcess.Run(Line(arguments), Surroundings(options));

    /// <summary>Calls the runtime and does not wait. <see cref="Dispose"/> kills it if it still runs.</summary>
    public ChildProcess StartCommand(CommandOptions options, params ReadOnlySpan<string> arguments)
    {
        ChildProcess child = ChildProcess.Start(Line(arguments), Surroundings(options));
        children.Add(child);
        return child;
    }

    /// <summary>Takes over a process that a detached command left to this program: it is killed and reaped at the end.</summary>
    public void Adopt(int pid) => adopted.Add(pid);

    private string[] Line(ReadOnlySpan<string> arguments) => [Executable, "--root", StateDirectory, .. Options, .. arguments];

    private CommandOptions Surroundings(CommandOptions options)
    {
        string[] mark = Mark.Split('=');
        Dictionary<string, string> environment = new(Environment.Concat(options.Environment)) { [mark[0]] = mark[1] };
        if (!IsRootless) return options with { Environment = environment, Prefix = [.. Prefix, .. options.Prefix] };
        environment["XDG_RUNTIME_DIR"] = WorkDirectory + "/xdg";
        environment["HOME"] = WorkDirectory;
        return options with { Environment = environment, Prefix = [.. Prefix, .. options.Prefix, "setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--"] };
    }

    private static string FindPublished()
    {
        const string Place = "artifacts/publish/keelson-runtime/release/keelson-runtime";
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, Place)))
                return Path.Combine(at.FullName, Place);
        throw new KeelsonException(ErrorKind.NotFound, string.Create(CultureInfo.InvariantCulture, $"find {Place}: publish it, or set KEELSON_TEST_RUNTIME"));
    }
}
