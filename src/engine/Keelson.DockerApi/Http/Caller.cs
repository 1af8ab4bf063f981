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
    /// <summary>The part of the daemon that has checked who it is by other means; <see langword="null"/>: none has.</summary>
    public string? Name { get; init; }

    /// <summary>The name that the certificate is for, or that of the part that has checked; empty without either.</summary>
    public string User => Name ?? Certificate?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "";

    /// <summary>How it is known who it is: <c>TLS</c>, <c>token</c>, or empty.</summary>
    public string Method => Name is not null ? "token" : Certificate is null ? "" : "TLS";

    /// <summary>Looks at the connection of a request.</summary>
    public static Caller Of(HttpContext http)
    {
        if (http.Features.Get<Caller>() is { } known) return known;
        Socket? socket = http.Features.Get<IConnectionSocketFeature>()?.Socket;
        PeerCredentials? peer = socket is { AddressFamily: AddressFamily.Unix } && Sockets.TryPeer((int)socket.Handle, out PeerCredentials found) == Errno.None ? found : null;
        return new(peer, http.Features.Get<ITlsConnectionFeature>()?.ClientCertificate);
    }
}
