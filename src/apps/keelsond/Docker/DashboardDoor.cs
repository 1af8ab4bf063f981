using System.Globalization;
using System.Net;
using System.Text;
using Keelson.Daemon.Configuration;
using Keelson.DockerApi;
using Keelson.DockerApi.Dashboard;
using Keelson.Hosting;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Docker;

/// <summary>The dashboard: a socket of the loopback device, a server with the limits for strangers, whom the device lets in, and the file that tells its address and token.</summary>
internal sealed class DashboardDoor : IAsyncDisposable
{
    private const uint FileMode = 0b110_000_000;

    private readonly ListeningSocket socket;
    private readonly SocketServer server;

    private DashboardDoor(ListeningSocket socket, SocketServer server, string file)
    {
        this.socket = socket;
        this.server = server;
        File = file;
    }

    /// <summary>Where it listens.</summary>
    public string Address => socket.Address;

    /// <summary>The file that holds its address with the token, which only its owner reads.</summary>
    public string File { get; }

    /// <summary>Begins to serve; <see langword="null"/> where no dashboard is asked for.</summary>
    /// <param name="config">Where, and what it may do.</param>
    /// <param name="directory">Where the file goes.</param>
    /// <param name="docker">The services.</param>
    /// <param name="access">Who is asked, and where changes are noted.</param>
    /// <param name="loggers">Hears of what goes wrong.</param>
    /// <param name="around">Watches each request.</param>
    /// <exception cref="KeelsonException">Unavailable: somebody listens there. Or the file cannot be written.</exception>
    public static async Task<DashboardDoor?> OpenAsync(DashboardConfig config, string directory, DockerApiServices docker, DockerApiAccess access, ILoggerFactory loggers, Func<RequestDelegate, RequestDelegate> around)
    {
        string file = directory + "/dashboard";
        if (config.Address is null)
        {
            // That of a daemon that was killed leads nowhere.
            _ = Files.TryUnlink(file);
            return null;
        }
        ListeningSocket socket = ListeningSocket.Open("docker.dashboard.address", config.Address, 0, 0);
        DashboardDoor door = new(socket, new(loggers, isPublic: true), file);
        try
        {
            DashboardToken token = DashboardToken.Make();
            DashboardServer dashboard = new(docker, loggers.CreateLogger("dashboard"), access, token, IPEndPoint.Parse(socket.Address).Port, door.server.Stopping);
            door.server.Listen(socket.Fd, HttpProtocols.Http1, around(dashboard.HandleAsync), DockerApiHosting.AroundHttp);
            await door.server.StartAsync().ConfigureAwait(false);
            Write(file, string.Create(CultureInfo.InvariantCulture, $"http://{socket.Address}/?token={token.Text}\n"));
            return door;
        }
        catch
        {
            await door.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops serving.</summary>
    /// <param name="limit">How long calls may go on.</param>
    public Task StopAsync(TimeSpan limit) => server.StopAsync(limit);

    /// <summary>Stops listening and removes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync().ConfigureAwait(false);
        socket.Dispose();
        _ = Files.TryUnlink(File);
    }

    /// <summary>Whoever had opened a file of this name before does not see what stands in the new one.</summary>
    private static void Write(string path, string text)
    {
        string made = path + ".new";
        _ = Files.TryUnlink(made);
        Files.WriteFile(made, Encoding.ASCII.GetBytes(text), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, FileMode);
        Files.TryRename(made, path).ThrowIfError("rename", made);
    }
}
