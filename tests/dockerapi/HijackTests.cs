using System.Net.Sockets;
using System.Text;
using Keelson.DockerApi.Tests.Fakes;

namespace Keelson.DockerApi.Tests;

/// <summary>Connections that carry streams instead of HTTP.</summary>
public class HijackTests
{
    private const string Attach = "POST /v1.41/containers/web/attach?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: Docker-Client/20.10\r\n";
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

    [Fact]
    public async Task Attach_with_upgrade_answers_101_UPGRADED_and_frames_follow()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach + "Content-Length: 0\r\nContent-Type: text/plain\r\n" + Upgrade + "\r\n"));
        Assert.Equal("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n"));
        await socket.SendAsync("hello\n"u8.ToArray());
        Assert.Equal("\u0001\0\0\0\0\0\0\u0006hello\n", await ServerUnderTest.ReadUntilAsync(socket, "hello\n"));
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("\u0002\0\0\0\0\0\0\u0004bye\n", await ServerUnderTest.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task Attach_without_upgrade_answers_200_and_takes_the_connection()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach + "\r\n"));
        Assert.Equal("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n", await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n"));
        await socket.SendAsync("x"u8.ToArray());
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal("\u0001\0\0\0\0\0\0\u0001x\u0002\0\0\0\0\0\0\u0004bye\n", await ServerUnderTest.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task Output_that_comes_after_the_client_closed_its_half_arrives()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach.Replace("stdin=1", "stdin=0", StringComparison.Ordinal) + Upgrade + "\r\n"));
        await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
        socket.Shutdown(SocketShutdown.Send);
        await Task.Delay(1200);
        FakeStreams streams = server.Containers.Attached.Single();
        streams.Write(new string('z', 300_000));
        streams.End();
        Assert.Equal(300_008, (await ServerUnderTest.ReadToEndAsync(socket)).Length);
        await streams.Disposed.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(Upgrade)]
    [InlineData("")]
    public async Task The_end_of_the_process_ends_the_connection_of_a_client_that_closes_nothing(string headers)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach.Replace("stdin=1", "stdin=0", StringComparison.Ordinal) + headers + "\r\n"));
        await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
        FakeStreams streams = server.Containers.Attached.Single();
        streams.Write("last");
        streams.End();
        Assert.EndsWith("last", await ServerUnderTest.ReadToEndAsync(socket).WaitAsync(TimeSpan.FromSeconds(10)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_terminal_has_no_frames_and_the_detach_keys_end_the_client_alone()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web", change: info => info with { Settings = info.Settings with { Tty = true } });
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach.Replace("stderr=1", "stderr=1&detachKeys=ctrl-x,x", StringComparison.Ordinal) + Upgrade + "\r\n"));
        await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
        await socket.SendAsync("ab\u0018yc"u8.ToArray());
        Assert.Equal("ab\u0018yc", await ServerUnderTest.ReadUntilAsync(socket, "yc"));
        await socket.SendAsync("d\u0018x"u8.ToArray());
        await ServerUnderTest.ReadToEndAsync(socket);
        Assert.Equal("ab\u0018ycd", server.Containers.Attached.Single().Input.ToString());
    }

    [Fact]
    public async Task Exec_start_takes_its_body_and_the_upgrade_in_one_request()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        (int status, _) = await server.CallAsync("POST", "containers/web/exec", """{"Cmd":["cat"],"AttachStdin":true,"AttachStdout":true,"AttachStderr":true}""");
        Assert.Equal(201, status);
        using Socket socket = await server.ConnectAsync();
        const string Body = """{"Detach":false,"Tty":false}""";
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1.41/exec/{server.Containers.Exec!.Id}/start HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n{Upgrade}\r\n{Body}"));
        Assert.StartsWith("HTTP/1.1 101 UPGRADED\r\n", await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n"), StringComparison.Ordinal);
        await socket.SendAsync("in"u8.ToArray());
        Assert.EndsWith("in", await ServerUnderTest.ReadUntilAsync(socket, "in"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_goes_leaves_nothing_behind()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        foreach (bool isHalfClosed in (bool[])[false, true])
        {
            using Socket socket = await server.ConnectAsync();
            await socket.SendAsync(Encoding.ASCII.GetBytes(Attach.Replace("stdin=1", "stdin=0", StringComparison.Ordinal) + Upgrade + "\r\n"));
            await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
            if (isHalfClosed) socket.Shutdown(SocketShutdown.Send);
            socket.Close();
            await server.Containers.Attached[^1].Disposed.WaitAsync(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task A_thousand_clients_that_go_half_open_leave_nothing_behind()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        byte[] request = Encoding.ASCII.GetBytes(Attach.Replace("stdin=1", "stdin=0", StringComparison.Ordinal) + Upgrade + "\r\n");
        int descriptors = Directory.GetFiles("/proc/self/fd").Length;
        Socket[] sockets = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            Socket socket = await server.ConnectAsync();
            await socket.SendAsync(request);
            await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
            socket.Shutdown(SocketShutdown.Send);
            return socket;
        }));
        (int status, _) = await server.CallAsync("GET", "containers/json");
        Assert.Equal(200, status);
        foreach (Socket socket in sockets) socket.Dispose();
        await Task.WhenAll(server.Containers.Attached.Select(streams => streams.Disposed)).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1000, server.Containers.Attached.Count);
        Condition.Await("descriptors are closed", () => Directory.GetFiles("/proc/self/fd").Length < descriptors + 20);
    }

    [Fact]
    public async Task A_stop_of_the_daemon_ends_streams()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach + Upgrade + "\r\n"));
        await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\n");
        await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("", await ServerUnderTest.ReadToEndAsync(socket));
    }

    [Fact]
    public async Task An_error_before_the_connection_is_taken_is_an_answer()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Attach + Upgrade + "\r\n"));
        string answer = await ServerUnderTest.ReadUntilAsync(socket, "}\n");
        Assert.StartsWith("HTTP/1.1 404 Not Found\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("""{"message":"No such container: web"}""", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_websocket_carries_both_directions()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        using System.Net.WebSockets.ClientWebSocket client = new();
        using HttpMessageInvoker invoker = new(new SocketsHttpHandler { ConnectCallback = async (_, cancel) => new NetworkStream(await server.ConnectAsync(cancel), ownsSocket: true) });
        await client.ConnectAsync(new("ws://docker/v1.41/containers/web/attach/ws?stream=1&stdin=1&stdout=1"), invoker, CancellationToken.None);
        await client.SendAsync("ping"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Binary, true, CancellationToken.None);
        byte[] buffer = new byte[100];
        System.Net.WebSockets.WebSocketReceiveResult received = await client.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal("ping", Encoding.ASCII.GetString(buffer, 0, received.Count));
        server.Containers.Attached.Single().End();
        received = await client.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal(System.Net.WebSockets.WebSocketMessageType.Close, received.MessageType);
    }
}
