using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Keelson.DockerApi.Http;
using Keelson.Engine.Containers;
using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Connections;

/// <summary>Carries the streams of a process over a websocket, output and errors as binary messages without frames. RFC 6455.</summary>
internal static class WebSocketSession
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>The client's key.</summary>
    /// <exception cref="ApiException">400: the request is no handshake. RFC 6455 section 4.2.1.</exception>
    public static string Key(HttpRequest request)
    {
        string key = request.Headers.SecWebSocketKey.ToString();
        bool isHandshake = request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase) && request.Headers.SecWebSocketVersion == "13" && key.Length is > 0 and <= 64;
        return isHandshake ? key : throw ApiException.BadRequest("the request is no websocket handshake of version 13");
    }

    /// <summary>Takes the connection over and carries streams until the process ends, the client goes, or the daemon stops.</summary>
    public static async Task ServeAsync(Call call, string key, IAttachedStreams streams, bool hasInput, CancellationToken stop)
    {
        await using (streams)
        {
            HijackedConnection connection = await HijackableConnection.TakeAsync(call.Http).ConfigureAwait(false);
            // SHA-1 is what the protocol asks for; nothing is kept secret by it.
#pragma warning disable CA5350
            string accept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
#pragma warning restore CA5350
            // A client that offers one protocol gives up unless it is chosen; dockerd chooses it too.
            string offered = call.Http.Request.Headers.SecWebSocketProtocol.ToString(), chosen = offered.Length > 0 && !offered.Contains(',', StringComparison.Ordinal) ? $"Sec-WebSocket-Protocol: {offered}\r\n" : "";
            string head = $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{chosen}Sec-WebSocket-Accept: {accept}\r\n\r\n";
            await connection.WriteAsync(default, Encoding.ASCII.GetBytes(head), CancellationToken.None).ConfigureAwait(false);
            using WebSocket socket = WebSocket.CreateFromStream(connection.AsStream(), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.FromSeconds(30) });
            try
            {
                await CarryAsync(socket, streams, hasInput, stop).ConfigureAwait(false);
            }
            finally
            {
                await connection.CloseAsync(call.Http).ConfigureAwait(false);
            }
        }
    }

    private static async Task CarryAsync(WebSocket socket, IAttachedStreams streams, bool hasInput, CancellationToken stop)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task output = SendAsync(socket, streams, end.Token), input = ReceiveAsync(socket, streams, hasInput, end.Token);
        await Task.WhenAny(output, input).ConfigureAwait(false);
        try
        {
            if (output.IsCompletedSuccessfully) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // The client went first.
        }
        await end.CancelAsync().ConfigureAwait(false);
        foreach (Task task in (Task[])[output, input])
        {
            try
            {
                await task.ConfigureAwait(false);
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
            {
                // The client went, or the other direction has ended.
            }
        }
    }

    private static async Task SendAsync(WebSocket socket, IAttachedStreams streams, CancellationToken cancel)
    {
        while (await streams.ReadAsync(cancel).ConfigureAwait(false) is { } chunk)
            await socket.SendAsync(chunk.Bytes, WebSocketMessageType.Binary, endOfMessage: true, cancel).ConfigureAwait(false);
    }

    private static async Task ReceiveAsync(WebSocket socket, IAttachedStreams streams, bool hasInput, CancellationToken cancel)
    {
        byte[] buffer = new byte[8 << 10];
        while (true)
        {
            ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer.AsMemory(), cancel).ConfigureAwait(false);
            if (received.MessageType == WebSocketMessageType.Close) break;
            if (hasInput) await streams.WriteAsync(buffer.AsMemory(0, received.Count), cancel).ConfigureAwait(false);
        }
        if (hasInput) await streams.CloseInputAsync(cancel).ConfigureAwait(false);
    }
}
