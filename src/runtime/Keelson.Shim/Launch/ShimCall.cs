using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Ttrpc;

namespace Keelson.Shim.Launch;

/// <summary>One call to a shim that runs, from a command that has nothing else to do meanwhile.</summary>
internal static class ShimCall
{
    private const int LimitMilliseconds = 5000;

    /// <summary>Calls a method of <see cref="ShimServer.ShimService"/>.</summary>
    public static ShimCallResult Try(string socketPath, string method, string id)
    {
        if (Sockets.TryConnect(socketPath, out FdHandle? connection) != Errno.None) return ShimCallResult.Gone;
        using (connection)
        {
            // An impostor at this place learns nothing, and what it says is not believed.
            if (Sockets.TryPeer(connection!.Fd, out PeerCredentials peer) != Errno.None || peer.UserId != Processes.EffectiveUserId) return ShimCallResult.Gone;
            ClientSession session = new();
            session.Start(new TtrpcRequest(ShimServer.ShimService, method, new ProcessRequest(id).ToBytes()));
            if (Sockets.TrySend(connection.Fd, session.Unsent.Span, []) != Errno.None) return ShimCallResult.Gone;
            Span<byte> buffer = stackalloc byte[4096];
            Span<PollEntry> entry = [new PollEntry { Fd = connection.Fd, Events = PollEvents.POLLIN }];
            while (Files.TryPoll(entry, LimitMilliseconds, out int ready) == Errno.None && ready == 1)
            {
                if (Files.TryRead(connection.Fd, buffer, out int count) != Errno.None || count == 0) return ShimCallResult.Gone;
                session.Receive(buffer[..count]);
                if (session.TryTake(out _, out TtrpcResponse? response)) return response!.Code == StatusCode.Ok ? ShimCallResult.Done : ShimCallResult.Gone;
            }
            return ShimCallResult.Silent;
        }
    }
}

/// <summary>What came of a call to a shim.</summary>
internal enum ShimCallResult
{
    /// <summary>Nobody serves there, or the shim is about to end.</summary>
    Gone,
    /// <summary>A shim was there and did it.</summary>
    Done,
    /// <summary>A shim is there and does not answer: it is stopped, or very busy.</summary>
    Silent,
}
