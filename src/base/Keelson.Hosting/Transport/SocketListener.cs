using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Keelson.Hosting.Transport;

/// <summary>Takes the connections of one socket.</summary>
internal sealed class SocketListener(Socket socket, MemoryPool<byte> pool) : IConnectionListener
{
    /// <summary>How long it waits when there are no descriptors left: the next attempt would fail as well.</summary>
    private static readonly TimeSpan ShortageDelay = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (accepted.ProtocolType == ProtocolType.Tcp) accepted.NoDelay = true;
                return new SocketConnection(accepted, pool);
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                // It was unbound.
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(ShortageDelay, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The client has gone before it was its turn.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}
