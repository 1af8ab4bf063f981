using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Keelson.Hosting.Transport;

/// <summary>Connections of listening sockets that the caller made, TCP or unix.</summary>
/// <remarks>What comes with Kestrel receives into blocks of 4 KiB, whatever comes, and does not let that be changed without dependency injection.</remarks>
internal sealed class SocketTransport : IConnectionListenerFactory, IDisposable
{
    private readonly BlockPool pool = new();

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not FileHandleEndPoint made) throw new NotSupportedException($"listen on {endpoint}: only on a socket that was made");
        // The descriptor stays the caller's.
        Socket socket = new(new SafeSocketHandle((nint)made.FileHandle, ownsHandle: false));
        return new(new SocketListener(socket, pool));
    }

    /// <summary>Gives back the memory that no connection uses.</summary>
    public void Trim() => pool.Trim();

    public void Dispose() => pool.Dispose();
}
