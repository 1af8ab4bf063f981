using Keelson.DockerApi.Access;
using Keelson.Hosting.Tls;

namespace Keelson.Daemon.Docker;

/// <summary>A listening socket for docker's clients.</summary>
/// <param name="Socket">The socket.</param>
/// <param name="Rights">What they may do.</param>
/// <param name="Tls">How TLS is spoken; <see langword="null"/>: it is not.</param>
internal sealed record DockerDoor(ListeningSocket Socket, SocketRights Rights, ServerTls? Tls);
