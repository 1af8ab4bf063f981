using Keelson.DockerApi.Access;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Authorization;

namespace Keelson.DockerApi;

/// <summary>Who may do what through one socket, and where that is noted.</summary>
/// <param name="Rights">The socket's rights.</param>
public sealed record DockerApiAccess(SocketRights Rights)
{
    /// <summary>Plug-ins that are asked about each operation, which stay the caller's; <see langword="null"/>: nobody is asked.</summary>
    public AuthorizationPlugins? Plugins { get; init; }

    /// <summary>Where changes are noted, which stays the caller's; <see langword="null"/>: nowhere.</summary>
    public AuditLog? Audit { get; init; }
}
