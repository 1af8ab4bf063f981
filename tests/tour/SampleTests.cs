using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Tour.Tests;

/// <summary>The samples that bring an image and run it, from an archive and from a registry: with an engine in their own process, and through the daemon.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly string directory = TestDirectory.Make("sample");

    public void Dispose() => TestDirectory.Remove(directory);

    [SampleFact]
    public async Task An_image_runs_with_an_engine_in_the_samples_own_process()
    {
        string archive = await ArchiveAsync();
        using DebianRegistry registry = Registry(archive);

        Runs([Sample("run-image"), directory + "/engine", archive]);
        Runs([Sample("run-image"), directory + "/engine", registry.Name + "/team/box:1"]);

        Assert.Empty(Directory.GetDirectories(directory + "/engine/root/containers"));
        ChildProcess.Run([Sample("run-image")], Options).Exits(2);
        ChildProcess.Run([Sample("run-image"), directory + "/engine", registry.Name + "/team/none:1", "true"], Options).Exits(125).Fails("none");
    }

    [SampleFact]
    public async Task An_image_runs_through_the_daemon()
    {
        string archive = await ArchiveAsync(), socket = directory + "/state/docker.sock";
        using DebianRegistry registry = Registry(archive);
        using ChildProcess daemon = ChildProcess.Start([Repository.PublishedDaemon, "--root", directory + "/root", "--state", directory + "/state"], Options);
        Condition.Await("the daemon: " + daemon.Stderr, () =>
        {
            Assert.False(daemon.HasEnded, daemon.Stderr);
            Errno errno = Sockets.TryConnect(socket, out FdHandle? connection);
            connection?.Dispose();
            return errno == Errno.None;
        });

        Runs([Sample("run-image-remote"), socket, archive]);
        Runs([Sample("run-image-remote"), socket, registry.Name + "/team/box:1"]);

        Assert.Empty(Directory.GetDirectories(directory + "/root/containers"));
        ChildProcess.Run([Sample("run-image-remote"), socket, registry.Name + "/team/none:1", "true"], Options).Exits(125).Fails("none");
        daemon.Signal(Signals.SIGTERM);
        daemon.WaitForEnd();
    }

    private CommandOptions Options => new()
    {
        Limit = TimeSpan.FromMinutes(3),
        Environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(Repository.PublishedShim)}:{Path.GetDirectoryName(Repository.PublishedRuntime)}:/usr/sbin:/usr/bin:/sbin:/bin",
            ["KEELSON_SHIM_SOCKETS"] = TestDirectory.Root + "/s",
            ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
        },
    };

    /// <summary>Output, errors and the exit code come back.</summary>
    private void Runs(string[] command)
    {
        CommandResult result = ChildProcess.Run([.. command, "sh", "-c", "echo out; echo err >&2; exit 7"], Options);
        Assert.True(result.ExitCode == 7, result.ToString());
        Assert.Equal("out\n", result.Stdout);
        Assert.EndsWith("err\n", result.Stderr, StringComparison.Ordinal);
    }

    private async Task<string> ArchiveAsync()
    {
        string archive = directory + "/box.tar";
        await BusyboxArchive.WriteAsync(archive);
        return archive;
    }

    private static DebianRegistry Registry(string archive)
    {
        DebianRegistry registry = new();
        Skopeo.Copy("docker-archive:" + archive, $"docker://{registry.Name}/team/box:1", "--remove-signatures");
        return registry;
    }

    /// <summary>The whole solution is built before the tests run.</summary>
    private static string Sample(string name) => $"{Repository.Root}/artifacts/bin/{name}/debug/{name}";
}
