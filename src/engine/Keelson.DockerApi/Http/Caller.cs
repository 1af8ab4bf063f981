using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keelson.DockerApi.Http;

/// <summary>Who is at the other end of a connection.</summary>
/// <param name="Peer">The process that made it, of a unix socket. unix(7) SO_PEERCRED.</param>
/// <param name="Certificate">The client's certificate, of TLS; it stays the connection's.</param>
internal sealed record Caller(PeerCredentials? Peer, X509Certificate2? Certificate)
{
    /// <summary>The name that the certificate is for; empty without one.</summary>
    public string User => Certificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "";

    /// <summary>Looks at the connection of a request.</summary>
    public static Caller Of(HttpContext http)
    {
        Socket? socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
        PeerCredentials? peer = socket is { AddressFamily: AddressFamily.Unix } && Sockets.TryPeer((int)socket.Handle, out PeerCredentials found) == Errno.None ? found : null;
        return new(peer, http.Features.Get<ITlsConnectionFeature>()?.ClientCertificate);
    }
}
