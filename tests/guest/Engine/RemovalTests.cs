using Keelson.Guest.Support;

namespace Keelson.Guest.Engine;

/// <summary>What is left of an engine that was used, when its package goes. Row I7.</summary>
[Collection(AloneCollection.Name)]
public sealed class RemovalTests : IDisposable
{
    private static readonly string[] Units = ["keelsond.service", "keelsond.socket"];
    private readonly InstalledEngine engine = new();

    public void Dispose() => engine.Dispose();

    [SystemdV2Fact]
    public void Removing_stops_it_and_purging_leaves_nothing()
    {
        string[] before = Traces();
        engine.Import();
        engine.Docker("run", "--rm", "box", "true").Succeeds();
        Assert.NotEqual(before, Traces());

        engine.Remove();
        foreach (string unit in Units) Assert.Equal("inactive", InstalledEngine.Show(unit, "ActiveState"));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), IsDaemon);
        Assert.True(File.Exists("/etc/keelson/config.toml") && Directory.Exists("/var/lib/keelson"));

        engine.Purge();
        foreach (string unit in Units) Assert.Equal("not-found", InstalledEngine.Show(unit, "LoadState"));
        Assert.Equal(before, Traces());
    }

    private static bool IsDaemon(string process) => File.Exists(process + "/comm") && File.ReadAllText(process + "/comm") == "keelsond\n";

    /// <summary>Files, devices, rules, mounts and cgroups by the engine's name.</summary>
    private static string[] Traces() =>
    [
        .. Machine.Run("find", "/etc", "/opt", "/run", "/usr", "/var", "-xdev", "-path", "/run/payload", "-prune", "-o", "-iname", "*keelson*", "-print").Succeeds().Lines.Where(path => !path.StartsWith("/var/log/", StringComparison.Ordinal)),
        .. Machine.Run("nft", "list", "tables").Succeeds().Lines.Where(table => table.Contains("keelson", StringComparison.Ordinal)),
        .. Directory.EnumerateFileSystemEntries("/sys/class/net", "keelson*"),
        .. Directory.EnumerateDirectories("/sys/fs/cgroup", "keelson"),
        .. File.ReadAllLines("/proc/self/mountinfo").Where(line => line.Contains("/keelson", StringComparison.Ordinal)),
    ];
}
