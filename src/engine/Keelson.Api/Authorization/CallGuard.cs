using Grpc.Core;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Keelson.Api.Authorization;

/// <summary>Asks the authorizer with what is known of a call.</summary>
/// <param name="authorizer">Decides; <see langword="null"/>: everybody who can open the socket may do everything.</param>
internal sealed class CallGuard(ICallAuthorizer? authorizer)
{
    private static readonly object PeerKey = new();

    /// <summary>Lets a call through, or not.</summary>
    /// <exception cref="KeelsonException">PermissionDenied.</exception>
    public async ValueTask AdmitAsync(HttpContext http, ServerCallContext call)
    {
        if (authorizer is null) return;
        PeerCredentials peer = Peer(http);
        call.UserState[PeerKey] = peer;
        CallSubject subject = new(peer.UserId, peer.GroupId, peer.ProcessId, call.OptionalNamespace() ?? "", call.Method);
        if (await authorizer.RefuseAsync(subject).ConfigureAwait(false) is { } reason)
            throw new KeelsonException(ErrorKind.PermissionDenied, $"call {call.Method} in namespace '{subject.Namespace}' by user {peer.UserId}: {reason}");
    }

    /// <summary>Whether the caller of an admitted call may be told an event.</summary>
    public async ValueTask<bool> MaySeeAsync(ServerCallContext call, EventRecord record)
    {
        if (authorizer is null) return true;
        PeerCredentials peer = (PeerCredentials)call.UserState[PeerKey];
        return await authorizer.RefuseAsync(new(peer.UserId, peer.GroupId, peer.ProcessId, record.Namespace, "event:" + record.Topic)).ConfigureAwait(false) is null;
    }

    /// <summary>Who connected. The kernel keeps it with the socket, so it is asked once for each connection.</summary>
    private static PeerCredentials Peer(HttpContext http)
    {
        IConnectionItemsFeature items = http.Features.Get<IConnectionItemsFeature>()!;
        if (items.Items.TryGetValue(PeerKey, out object? known)) return (PeerCredentials)known!;
        int fd = (int)http.Features.Get<IConnectionSocketFeature>()!.Socket.Handle;
        Sockets.TryPeer(fd, out PeerCredentials peer).ThrowIfError("get credentials of", "the caller");
        items.Items[PeerKey] = peer;
        return peer;
    }
}
