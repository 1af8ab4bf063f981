namespace Keelson.Guest.Support;

/// <summary>The runtime with <c>--systemd-cgroup</c>, and a slice of its own for the containers of one test.</summary>
/// <remarks>For an ordinary user it is their own manager that makes the scopes.</remarks>
public sealed class SystemdRuntime : IDisposable
{
    private static int last;
    private readonly string name = $"keelsontest{Interlocked.Increment(ref last)}";
    private readonly string[] scope;

    /// <summary>Makes a place for one test.</summary>
    public SystemdRuntime(bool rootless = false)
    {
        scope = rootless ? ["--machine=user@.host", "--user"] : [];
        Runtime = new RuntimeUnderTest(rootless)
        {
            Options = ["--systemd-cgroup"],
            Environment = rootless ? new Dictionary<string, string> { ["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/run/user/1000/bus" } : new Dictionary<string, string>(),
        };
    }

    /// <summary>The runtime.</summary>
    public RuntimeUnderTest Runtime { get; }

    /// <summary>The slice.</summary>
    public string Slice => name + ".slice";

    /// <summary>A bundle whose scope is <c>keelson-ID.scope</c> in the slice.</summary>
    /// <param name="id">The container.</param>
    /// <param name="command">What it runs.</param>
    public BundleBuilder Bundle(string id, params string[] command)
    {
        BundleBuilder bundle = Runtime.Bundle(command);
        if (Runtime.IsRootless) bundle.ForUser();
        return bundle.Set("linux.cgroupsPath", $"{Slice}:keelson:{id}");
    }

    /// <summary>Starts a container that sleeps, with limits.</summary>
    public TestContainer StartSleeping(string? path = null, string? json = null)
    {
        string id = Runtime.NewId();
        BundleBuilder bundle = Bundle(id, "sleep", "1000");
        return Start(path is null ? bundle : bundle.SetJson("linux.resources." + path, json!), id);
    }

    /// <summary>Starts a container.</summary>
    public TestContainer Start(BundleBuilder bundle, string id)
    {
        TestContainer container = Runtime.Container(bundle, id);
        container.Create();
        container.Start();
        return container;
    }

    /// <summary>Name of a container's unit.</summary>
    public static string Unit(TestContainer container) => $"keelson-{container.Id}.scope";

    /// <summary>A property of a container's unit, as systemctl prints it.</summary>
    public string Show(TestContainer container, string property) => Control("show", "-P", property, Unit(container)).Succeeds().Text;

    /// <summary>Calls systemctl.</summary>
    public CommandResult Control(params string[] words) => ChildProcess.Run(["systemctl", .. scope, .. words]);

    /// <summary>Where a process's group is in the tree of cgroup v2, or in that of the pids controller.</summary>
    public static string GroupOf(int pid)
    {
        string own = CgroupTree.IsV1 ? ":pids:" : "0::";
        string line = File.ReadAllLines($"/proc/{pid}/cgroup").Single(group => group.Contains(own, StringComparison.Ordinal));
        return (CgroupTree.IsV1 ? "/sys/fs/cgroup/pids" : "/sys/fs/cgroup") + line[(line.IndexOf(own, StringComparison.Ordinal) + own.Length)..];
    }

    /// <summary>Text of a file of the container's cgroup, without the newline at its end.</summary>
    /// <param name="container">The container.</param>
    /// <param name="file">The file in cgroup v2.</param>
    public static string Read(TestContainer container, string file) => File.ReadAllText($"{GroupOf(container.Pid)}/{file}").TrimEnd('\n');

    /// <inheritdoc/>
    public void Dispose()
    {
        Runtime.Dispose();
        _ = Control("stop", Slice);
        // In hierarchies of v1 that systemd does not use nobody removes a slice; runc leaves it, too.
        foreach (string tree in CgroupTree.Hierarchies)
            foreach (string slice in Directory.EnumerateDirectories(tree, Slice, SearchOption.AllDirectories))
            {
                if (tree is "/sys/fs/cgroup" or "/sys/fs/cgroup/systemd")
                {
                    // It goes a moment after its unit.
                    Condition.Await("the end of " + slice, () => !Directory.Exists(slice));
                    continue;
                }
                Assert.Empty(Directory.EnumerateDirectories(slice, "*.scope", SearchOption.AllDirectories));
                CgroupTree.Remove(slice);
            }
    }
}
