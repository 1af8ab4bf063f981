using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Keelson.Hosting.Tests.Transport;

/// <summary>Connections without a protocol on top.</summary>
public class SocketConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_go_both_ways_at_once(bool isUnix)
    {
        await using ConnectionPair pair = new(isUnix);
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        byte[] sent = new byte[20_000_000], received = new byte[sent.Length];
        new Random(1).NextBytes(sent);

        Task echo = EchoAsync(server.Transport);
        Task send = Task.Run(async () =>
        {
            for (int at = 0, length = 1; at < sent.Length; at += length, length = Math.Min(length * 2, sent.Length - at)) await client.SendAsync(sent.AsMemory(at, length));
            client.Shutdown(SocketShutdown.Send);
        }, Cancel);
        int count = 0;
        for (int more; (more = await client.ReceiveAsync(received.AsMemory(count), Cancel)) > 0;) count += more;
        await Task.WhenAll(echo, send).WaitAsync(Limit, Cancel);

        Assert.Equal(sent.Length, count);
        Assert.True(sent.AsSpan().SequenceEqual(received));
    }

    [Fact]
    public async Task A_client_that_ends_its_half_is_seen_and_still_answered()
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        await client.SendAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);

        Assert.Equal("question"u8.ToArray(), await ReadAllAsync(server.Transport.Input));
        await EndAsync(server.ConnectionClosed);
        await server.Transport.Output.WriteAsync("answer"u8.ToArray(), Cancel);
        await server.Transport.Output.CompleteAsync();

        byte[] answer = new byte[100];
        int count = await client.ReceiveAsync(answer, SocketFlags.None, Cancel);
        Assert.Equal("answer"u8.ToArray(), answer[..count]);
        Assert.Equal(0, await client.ReceiveAsync(answer, SocketFlags.None, Cancel));
    }

    [Fact]
    public async Task A_client_that_breaks_off_fails_the_read()
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        await client.SendAsync(new byte[100_000]);
        ReadResult some = await server.Transport.Input.ReadAsync(Cancel);
        server.Transport.Input.AdvanceTo(some.Buffer.End);
        client.Close(timeout: 0);

        await Assert.ThrowsAsync<ConnectionResetException>(() => ReadAllAsync(server.Transport.Input));
        await EndAsync(server.ConnectionClosed);
        Assert.True((await FlushUntilCompletedAsync(server.Transport.Output)).IsCompleted);
    }

    [Fact]
    public async Task An_abort_ends_both_sides_with_a_reset()
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        await server.Transport.Output.WriteAsync("half"u8.ToArray(), Cancel);
        byte[] buffer = new byte[100];
        Assert.Equal(4, await client.ReceiveAsync(buffer, SocketFlags.None, Cancel));
        server.Abort(new ConnectionAbortedException("enough"));

        SocketException seen = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(buffer, SocketFlags.None, Cancel));
        Assert.Equal(SocketError.ConnectionReset, seen.SocketErrorCode);
        Assert.Equal("enough", (await Assert.ThrowsAsync<ConnectionAbortedException>(() => ReadAllAsync(server.Transport.Input))).Message);
        await EndAsync(server.ConnectionClosed);
    }

    [Fact]
    public async Task Idle_connections_hold_no_memory()
    {
        await using ConnectionPair pair = new();
        List<(Socket Client, ConnectionContext Server)> connections = [];
        for (int i = 0; i < 200; i++) connections.Add(await pair.ConnectAsync());
        foreach ((Socket client, ConnectionContext server) in connections)
        {
            await client.SendAsync(new byte[100_000]);
            for (long left = 100_000; left > 0;)
            {
                ReadResult read = await server.Transport.Input.ReadAsync(Cancel);
                left -= read.Buffer.Length;
                server.Transport.Input.AdvanceTo(read.Buffer.End);
            }
            await server.Transport.Output.WriteAsync(new byte[1000], Cancel);
            Assert.Equal(1000, await client.ReceiveAsync(new byte[1000], SocketFlags.None, Cancel));
        }
        Condition.Await("no memory in use", () => pair.Pool.Taken == 0);
    }

    [Fact]
    public async Task What_nobody_reads_is_bounded_and_comes_when_it_is_read()
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        Task send = Task.Run(async () =>
        {
            await client.SendAsync(new byte[50_000_000]);
            client.Shutdown(SocketShutdown.Send);
        }, Cancel);
        Condition.Await("memory in use", () => pair.Pool.Peak >= 500_000);
        await Task.WhenAny(send, Task.Delay(TimeSpan.FromSeconds(1), Cancel));
        Assert.False(send.IsCompleted);
        Assert.InRange(pair.Pool.Peak, 1, 1_000_000);

        Assert.Equal(50_000_000, (await ReadAllAsync(server.Transport.Input)).Length);
        await send.WaitAsync(Limit, Cancel);
        Assert.InRange(pair.Pool.Peak, 1, 51_000_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task What_comes_in_small_pieces_takes_little_more_memory_than_it_has_bytes(int bytes)
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        // A body first: then large blocks are taken.
        await client.SendAsync(new byte[200_000]);
        for (int i = 1; i <= 50; i++)
        {
            await client.SendAsync(new byte[bytes]);
            ReadResult read = await server.Transport.Input.ReadAtLeastAsync(200_000 + i * bytes, Cancel);
            server.Transport.Input.AdvanceTo(read.Buffer.Start);
        }
        Assert.InRange(pair.Pool.Taken, 200_000, 3 * (200_000 + 50 * bytes));
    }

    [Fact]
    public async Task A_connection_tells_who_it_is()
    {
        await using ConnectionPair pair = new();
        (Socket client, ConnectionContext server) = await pair.ConnectAsync();
        (_, ConnectionContext other) = await pair.ConnectAsync();
        Assert.Equal((client.LocalEndPoint, client.RemoteEndPoint), (server.RemoteEndPoint, server.LocalEndPoint));
        Assert.NotEqual(server.ConnectionId, other.ConnectionId);
        Assert.Equal(client.RemoteEndPoint, server.Features.Get<IConnectionSocketFeature>()!.Socket.LocalEndPoint);
        Assert.Same(pair.Pool, server.Features.Get<IMemoryPoolFeature>()!.MemoryPool);
        Assert.True(server.Features.Get<IConnectionSocketFeature>()!.Socket.NoDelay);
    }

    [Fact]
    public async Task A_listener_that_is_unbound_ends_its_wait()
    {
        await using ConnectionPair pair = new();
        Task<ConnectionContext?> wait = pair.Listener.AcceptAsync(Cancel).AsTask();
        await pair.Listener.UnbindAsync(Cancel);
        Assert.Null(await wait.WaitAsync(Limit, Cancel));
        Assert.Null(await pair.Listener.AcceptAsync(Cancel));
    }

    private static async Task EchoAsync(IDuplexPipe transport)
    {
        await transport.Input.CopyToAsync(transport.Output, Cancel);
        await transport.Output.CompleteAsync();
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader input)
    {
        using MemoryStream all = new();
        await input.CopyToAsync(all, Cancel);
        return all.ToArray();
    }

    /// <summary>Writes until nobody takes it any more.</summary>
    private static async Task<FlushResult> FlushUntilCompletedAsync(PipeWriter output)
    {
        while (true)
        {
            FlushResult flushed = await output.WriteAsync(new byte[1000], Cancel).AsTask().WaitAsync(Limit, Cancel);
            if (flushed.IsCompleted) return flushed;
        }
    }

    private static async Task EndAsync(CancellationToken token)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = token.Register(() => ended.TrySetResult());
        await ended.Task.WaitAsync(Limit, Cancel);
    }
}
