using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Keelson.Hosting.Tests;

/// <summary>HTTP over the transport, asked by the framework's client and by hand.</summary>
public class SocketServerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(false, false, 2)]
    [InlineData(false, true, 1)]
    [InlineData(false, true, 2)]
    [InlineData(true, false, 1)]
    [InlineData(true, false, 2)]
    public async Task Large_bodies_arrive_both_ways(bool isUnix, bool hasTls, int version)
    {
        await using BodyServer server = await BodyServer.StartAsync(isUnix, hasTls);
        using HttpClient client = server.Client(version);
        byte[] sent = new byte[10_000_000], expected = new byte[12_345_678];
        new Random(1).NextBytes(sent);
        new Random(expected.Length).NextBytes(expected);
        foreach (bool isChunked in (bool[])[false, true])
        {
            using HttpRequestMessage request = new(HttpMethod.Put, $"/?bytes={expected.Length}") { Content = new ByteArrayContent(sent), Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
            request.Headers.TransferEncodingChunked = isChunked && version == 1 ? true : null;
            using HttpResponseMessage response = await client.SendAsync(request, Cancel);
            Assert.Equal((version, Convert.ToHexStringLower(SHA256.HashData(sent))), (response.Version.Major, response.Headers.GetValues("Hash").Single()));
            byte[] received = await response.Content.ReadAsByteArrayAsync(Cancel);
            Assert.True(expected.AsSpan().SequenceEqual(received));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_that_breaks_off_fails_the_request_and_not_the_server(bool isReset)
    {
        await using BodyServer server = await BodyServer.StartAsync();
        using Socket socket = await server.ConnectAsync(Cancel);
        await socket.SendAsync(Encoding.ASCII.GetBytes("PUT /?bytes=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n" + new string('x', 300_000)));
        await server.Begun.Task.WaitAsync(Limit, Cancel);
        if (isReset) socket.Close(timeout: 0);
        else socket.Shutdown(SocketShutdown.Both);
        Assert.IsAssignableFrom<IOException>(await server.Broken.Task.WaitAsync(Limit, Cancel));
        using HttpClient client = server.Client(1);
        Assert.Equal(5, (await client.GetByteArrayAsync("/?bytes=5", Cancel)).Length);
    }

    [Fact]
    public async Task Requests_behind_one_another_on_one_connection_are_answered_in_order()
    {
        await using BodyServer server = await BodyServer.StartAsync();
        using Socket socket = await server.ConnectAsync(Cancel);
        string one = "GET /?bytes=1 HTTP/1.1\r\nHost: localhost\r\n\r\n", last = "GET /?bytes=2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(one, 500)) + last));
        using NetworkStream stream = new(socket);
        using StreamReader reader = new(stream, Encoding.Latin1);
        string all = await reader.ReadToEndAsync(Cancel).WaitAsync(Limit, Cancel);
        Assert.Equal(501, all.Split("HTTP/1.1 200 OK").Length - 1);
    }

    [Fact]
    public async Task A_server_that_stops_ends_idle_connections_and_waits_for_requests()
    {
        await using BodyServer server = await BodyServer.StartAsync();
        using Socket idle = await server.ConnectAsync(Cancel);
        using HttpClient client = server.Client(1);
        Assert.Equal(5, (await client.GetByteArrayAsync("/?bytes=5", Cancel)).Length);
        Task<byte[]> waiting = client.GetByteArrayAsync("/wait?bytes=100000", Cancel);
        await server.Waits.Task.WaitAsync(Limit, Cancel);

        Task stopped = server.StopAsync();
        Assert.Equal(0, await idle.ReceiveAsync(new byte[1], SocketFlags.None, Cancel));
        Assert.False(stopped.IsCompleted);
        server.Go.SetResult();
        Assert.Equal(100_000, (await waiting.WaitAsync(Limit, Cancel)).Length);
        await stopped.WaitAsync(Limit, Cancel);
    }
}
