using System.Globalization;

namespace Keelson.Interop.Tests;

/// <summary>dockerd with a containerd of its own in a private host; the tested runtime is its default runtime, under the name <c>keelson</c>.</summary>
public class DockerdFixture : HostFixture
{
    /// <summary>The daemon.</summary>
    public Daemon Daemon { get; private set; } = null!;

    /// <summary>What dockerd is told besides the places and the runtime.</summary>
    protected virtual string[] Options => [];

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        await StartDaemonAsync();
        (await DockerAsync("load", "--input", "/run/busybox.tar")).Succeeds();
    }

    /// <summary>Starts the daemon, again when it was ended.</summary>
    public async Task StartDaemonAsync() => Daemon = await Daemon.StartAsync(
        Host,
        "dockerd",
        ["dockerd", "--data-root", "/run/docker-data", "--exec-root", "/run/docker", "--pidfile", "/run/dockerd.pid", "--host", "unix:///run/docker.sock",
            "--storage-driver", "overlay2", "--shutdown-timeout", "1", "--add-runtime", $"keelson={RuntimeUnderTest.Program}", "--default-runtime", "keelson", .. Options],
        ["docker", "version"]);

    /// <summary>Runs Debian's docker client with these arguments.</summary>
    public Task<CommandResult> DockerAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync(["/usr/bin/docker", .. arguments]);

    /// <summary>Runs Debian's docker client with <paramref name="input"/> on its standard input.</summary>
    public Task<CommandResult> PipeAsync(string input, params ReadOnlySpan<string> arguments) =>
        Host.RunAsync(new HostCommand(["/usr/bin/docker", .. arguments]) { Input = input });

    /// <summary>Runs a container of the busybox image in the foreground and removes it.</summary>
    public Task<CommandResult> RunAsync(string[] options, params string[] command) =>
        DockerAsync(["run", "--rm", "--network", "none", .. options, BusyboxArchive.Image, .. command]);

    /// <summary>Runs a shell script in a container in the foreground.</summary>
    public Task<CommandResult> ShellAsync(string[] options, string script) => RunAsync(options, "sh", "-c", script);

    /// <summary>Starts a container in the background, without a network unless the options name one; disposing of it removes it.</summary>
    public async Task<DockerContainer> StartAsync(string[] options, params string[] command)
    {
        string name = NewName();
        string[] network = options.Contains("--network") ? [] : ["--network", "none"];
        (await DockerAsync(["run", "--detach", "--name", name, .. network, .. options, BusyboxArchive.Image, .. command])).Succeeds();
        return new DockerContainer(this, name);
    }

    /// <summary>Starts a shell script in the background.</summary>
    public Task<DockerContainer> StartShellAsync(string[] options, string script) => StartAsync(options, "sh", "-c", script);

    /// <summary>What a privileged process may have: the capabilities that docker 20.10 knows, 0 to 37, as far as root has them here.</summary>
    public async Task<string> AllCapabilitiesAsync()
    {
        string have = (await Host.RunAsync("sed", "-n", "s/^CapBnd:\t//p", "/proc/self/status")).Succeeds().Text;
        return (ulong.Parse(have, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ((1UL << 38) - 1)).ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>A container that does nothing until it is killed.</summary>
    public Task<DockerContainer> StartIdleAsync(params string[] options) => StartAsync(options, "sleep", "1000");
}
