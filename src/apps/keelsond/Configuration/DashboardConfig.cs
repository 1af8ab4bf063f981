using System.Net;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Dashboard;

namespace Keelson.Daemon.Configuration;

/// <summary>The table <c>docker.dashboard</c>: a page that shows the engine.</summary>
/// <remarks>
/// <code>
/// [docker.dashboard]
/// address = "127.0.0.1:8375"     of the loopback device; port 0 for any; without it there is no dashboard
/// rights = "full"                and the rest, as of docker.sockets: see DockerRights
/// </code>
/// </remarks>
internal sealed record DashboardConfig
{
    /// <summary>Where it is; <see langword="null"/>: nowhere.</summary>
    public string? Address { get; private init; }

    /// <summary>What the page may do.</summary>
    public SocketRights Rights { get; private init; } = new(DashboardServer.Name);

    /// <summary>Reads it.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a key is unknown or has a wrong value.</exception>
    public static DashboardConfig Read(ConfigSection section)
    {
        string? address = section.Text("address") is { Length: > 0 } text ? text : null;
        if (address is not null && !IsLoopback(address)) throw section.Wrong("address", Refusal(address));
        DashboardConfig config = new() { Address = address, Rights = DockerRights.Read(section, DashboardServer.Name) };
        section.End();
        return config;
    }

    /// <summary>The same at another place, which the command line names.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is not on the loopback device.</exception>
    public DashboardConfig At(string? address) =>
        address is null ? this : IsLoopback(address) ? this with { Address = address } : throw new KeelsonException(ErrorKind.InvalidArgument, "option dashboard: " + Refusal(address));

    private static bool IsLoopback(string address) => IPEndPoint.TryParse(address, out IPEndPoint? endpoint) && IPAddress.IsLoopback(endpoint.Address);

    private static string Refusal(string address) => $"'{address}' is no address of the loopback device with a port, such as 127.0.0.1:8375: whoever gets in is root";
}
