using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Registry.Tests;

/// <summary>containerd with directories of its own, for ctr. It starts when it is first asked for something.</summary>
public sealed class ContainerdOfTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("containerd");
    private readonly Lazy<ChildProcess> process;

    public ContainerdOfTests() => process = new(Start);

    /// <summary>Runs ctr.</summary>
    public CommandResult Ctr(params IReadOnlyList<string> arguments)
    {
        Assert.False(process.Value.HasEnded, process.Value.Stderr);
        return ChildProcess.Run(["ctr", "--address", folder + "/c.sock", .. arguments], new() { Limit = TimeSpan.FromSeconds(120) });
    }

    public void Dispose()
    {
        if (process.IsValueCreated)
        {
            process.Value.Signal(Signals.SIGTERM);
            process.Value.WaitForEnd();
            process.Value.Dispose();
        }
        TestDirectory.Remove(folder);
    }

    private ChildProcess Start()
    {
        File.WriteAllText(folder + "/config.toml", $"""
            version = 2
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
            [ttrpc]
            address = "{folder}/t.sock"
            [plugins."io.containerd.internal.v1.opt"]
            path = "{folder}/opt"
            """);
        ChildProcess started = ChildProcess.Start(["containerd", "--config", folder + "/config.toml", "--root", folder + "/root", "--state", folder + "/state", "--address", folder + "/c.sock"]);
        Condition.Await("containerd to listen", () => started.HasEnded || IsListening());
        return started;
    }

    private bool IsListening()
    {
        if (Sockets.TryConnect(folder + "/c.sock", out FdHandle? connection) != Errno.None) return false;
        connection!.Dispose();
        return true;
    }
}
