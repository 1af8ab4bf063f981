using Keelson.Guest.Support;

namespace Keelson.Guest.Engine;

/// <summary>The engine as a user has it: its package, which <c>./test</c> has built, installed by apt and started by systemd. A guest has one at a time.</summary>
public sealed class InstalledEngine : IDisposable
{
    private readonly string folder = TestDirectory.Make("engine");
    private bool isInstalled, serves, hasImage;

    /// <summary>The folder of the package; it is given to the guest.</summary>
    internal static string Packages { get; } = Repository.Root + "/artifacts/deb";

    /// <summary>Installs the package unless it is; the network is not needed.</summary>
    public void Install()
    {
        if (isInstalled) return;
        isInstalled = serves = true;
        Apt("install", Assert.Single(Directory.GetFiles(Packages, "*.deb"))).Succeeds();
    }

    /// <summary>Makes sure that there is an image <c>box</c>.</summary>
    public void Import()
    {
        Install();
        if (hasImage) return;
        hasImage = true;
        Docker("import", Machine.WriteTree(folder), "box").Succeeds();
    }

    /// <summary>Debian's client of docker.</summary>
    public CommandResult Docker(params IReadOnlyList<string> arguments) =>
        ChildProcess.Run(["docker", "-H", "unix:///run/keelson/docker.sock", .. arguments], Machine.Patient with { Environment = new Dictionary<string, string> { ["DOCKER_CONFIG"] = folder + "/config" } });

    /// <summary>A property of a unit, as systemctl prints it.</summary>
    public static string Show(string unit, string property) => Machine.Run("systemctl", "show", "-P", property, unit).Succeeds().Text;

    /// <summary>Starts a container that counts, under its test's name.</summary>
    public void StartCounter(string name)
    {
        Import();
        Docker(["run", "-d", "--name", name, "box", .. Machine.Counter]).Succeeds();
        AwaitMore(name, 0);
    }

    /// <summary>How far a counter has come.</summary>
    public int Count(string name) => Machine.Last(Docker("logs", "--tail", "2", name).Succeeds().Stdout);

    /// <summary>Waits until a counter has come further.</summary>
    public void AwaitMore(string name, int than) => Condition.Await($"{name} to count", () => Count(name) > than, Machine.Patience);

    /// <summary>Process ID, and the time of its start.</summary>
    public string Identity(string name) => Docker("inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}} {{.State.Status}}", name).Succeeds().Text;

    /// <summary>Takes the package away; its data and configuration stay.</summary>
    public void Remove()
    {
        Apt("remove", "keelson").Succeeds();
        serves = false;
    }

    /// <summary>Takes away all that the package had, and before that the containers.</summary>
    public void Purge()
    {
        if (!isInstalled) return;
        if (serves && Docker("ps", "--all", "--quiet").Succeeds().Lines is { Length: > 0 } containers) Docker(["rm", "--force", .. containers]).Succeeds();
        Apt("purge", "keelson").Succeeds();
        isInstalled = serves = hasImage = false;
    }

    public void Dispose()
    {
        Purge();
        TestDirectory.Remove(folder);
    }

    private static CommandResult Apt(params IReadOnlyList<string> words) =>
        ChildProcess.Run(["apt-get", "--yes", .. words], Machine.Patient with { Environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" } });
}
