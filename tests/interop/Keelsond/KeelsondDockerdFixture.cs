namespace Keelson.Interop.Tests;

/// <summary>dockerd over keelsond instead of a containerd of its own, in a private host.</summary>
public class KeelsondDockerdFixture : DockerdFixture
{
    private const string Socket = "/run/keelson/containerd.sock";

    /// <summary>The daemon below dockerd.</summary>
    public Daemon Keelsond { get; private set; } = null!;

    /// <inheritdoc/>
    protected override string[] Options => ["--containerd", Socket, "--add-runtime", "reference=/usr/sbin/runc"];

    /// <summary>Where keelsond looks for shims and runtimes.</summary>
    protected virtual string SearchPath => Host.Environment["PATH"];

    /// <inheritdoc/>
    protected override async Task PrepareAsync()
    {
        foreach (string program in (string[])[Repository.PublishedShim, Repository.PublishedRuntime])
            (await Host.RunAsync("install", "-D", "--mode", "755", program, "/run/bin/" + Path.GetFileName(program))).Succeeds();
        await StartKeelsondAsync();
        await base.PrepareAsync();
    }

    /// <summary>Starts keelsond, again when it was ended.</summary>
    public async Task StartKeelsondAsync() => Keelsond = await Daemon.StartAsync(
        Host,
        "keelsond",
        ["env", "PATH=" + SearchPath, Repository.PublishedDaemon, "--root", "/run/keelson-root", "--state", "/run/keelson", "--bridge", "none", "--log-level", "debug"],
        ["ctr", "--address", Socket, "version"]);

    /// <summary>Runs <c>ctr</c> in dockerd's namespace.</summary>
    public Task<CommandResult> CtrAsync(params ReadOnlySpan<string> arguments) => Host.RunAsync(["ctr", "--address", Socket, "--namespace", "moby", .. arguments]);
}
