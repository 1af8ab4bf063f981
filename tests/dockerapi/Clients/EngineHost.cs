using Keelson.Interop.Tests;

namespace Keelson.DockerApi.Tests.Clients;

/// <summary>An engine on a host of its own, with the image <c>busybox:test</c>.</summary>
public abstract class EngineHost : IAsyncLifetime
{
    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>The host.</summary>
    public PrivateHost Host { get; private set; } = null!;

    /// <summary>The socket on that host.</summary>
    protected abstract string Socket { get; }

    /// <summary>Why it cannot run here; <see langword="null"/> when it can.</summary>
    protected static string? Missing => Callers.Missing("docker", "dockerd", "docker-compose") ?? Needs.Missing(Need.PublishedDaemon) ?? Needs.Missing(Need.PublishedPrograms);

    /// <summary>Starts it.</summary>
    protected abstract Task StartAsync();

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is not null) return;
        Host = await PrivateHost.StartAsync();
        try
        {
            Host.Environment["PATH"] = "/run/bin:" + Host.Environment["PATH"];
            Host.Environment["DOCKER_HOST"] = "unix://" + Socket;
            await BusyboxArchive.WriteAsync(Host.Root + "/run/busybox.tar");
            await StartAsync();
            (await Host.RunAsync("/usr/bin/docker", "load", "-i", "/run/busybox.tar")).Succeeds();
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Host is { } host) await host.DisposeAsync();
        Host = null!;
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a file of the tests' folder where programs on the host see it.</summary>
    public Task BringAsync(string file, string path) => Host.WriteAsync(path, File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Clients", file)));
}
