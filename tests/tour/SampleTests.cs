using System.Text.RegularExpressions;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Tour.Tests;

/// <summary>The samples that bring an image and run it, from an archive and from a registry: with an engine in their own process, and through the daemon.</summary>
public sealed partial class SampleTests : IDisposable
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
        using ChildProcess daemon = ChildProcess.Start([Repository.PublishedDaemon, "--root", directory + "/root", "--state", directory + "/state", "--bridge", "none"], Options);
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

    [SampleFact]
    public async Task A_registry_in_an_application_serves_what_skopeo_pushes()
    {
        string archive = await ArchiveAsync();
        using ChildProcess application = ChildProcess.Start([Sample("serve-images"), directory + "/store", "--urls", "http://127.0.0.1:0"], Options);
        Condition.Await("the application to listen", () => application.HasEnded || Listening().IsMatch(application.Stdout));
        Assert.False(application.HasEnded, application.Stderr);
        string name = $"127.0.0.1:{Listening().Match(application.Stdout).Groups[1].Value}/team/box:1";

        Skopeo.Copy("docker-archive:" + archive, "docker://" + name, "--remove-signatures");
        Skopeo.Copy("docker://" + name, $"dir:{directory}/copy");

        Assert.Equal(Skopeo.DigestOf("docker://" + name), Skopeo.DigestOf($"dir:{directory}/copy"));
        application.Signal(Signals.SIGTERM);
        application.WaitForEnd().Succeeds();
        ChildProcess.Run([Sample("serve-images")], Options).Exits(2);
    }

    [GeneratedRegex(@"listening on: http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();

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
