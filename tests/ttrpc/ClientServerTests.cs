using System.Net.Sockets;

namespace Keelson.Ttrpc.Tests;

public sealed class ClientServerTests : IAsyncLifetime
{
    private readonly string directory = TestDirectory.Make("ttrpc");
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously), release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task serving = Task.CompletedTask;
    private TtrpcClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Address => directory + "/socket";

    public async ValueTask InitializeAsync()
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TtrpcServer server = new(Address, AnswerAsync, Linux.Sys.Processes.EffectiveUserId, TimeProvider.System);
        serving = server.RunAsync(started, stop.Token);
        await started.Task;
        client = await TtrpcClient.ConnectAsync("unix://" + Address);
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await stop.CancelAsync();
        await serving;
        Assert.False(File.Exists(Address));
        stop.Dispose();
        TestDirectory.Remove(directory);
    }

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(TtrpcRequest request, CancellationToken cancellationToken)
    {
        switch (request.Method)
        {
            case "Echo": return request.Payload;
            case "Metadata": return System.Text.Encoding.UTF8.GetBytes(request.Find("name") ?? "");
            case "Missing": throw new KeelsonException(ErrorKind.NotFound, "find thing: it does not exist");
            case "Broken": throw new InvalidOperationException("a fault");
            case "Wait":
                try
                {
                    await release.Task.WaitAsync(cancellationToken);
                    return default;
                }
                catch (OperationCanceledException)
                {
                    cancelled.TrySetResult();
                    throw;
                }
            default: throw new KeelsonException(ErrorKind.Unsupported, $"call {request.Service}/{request.Method}: there is no such method");
        }
    }

    private Task<ReadOnlyMemory<byte>> CallAsync(string method, byte[]? payload = null, TimeSpan? timeout = null) =>
        client.CallAsync(new TtrpcRequest("test.Service", method, payload ?? []) { Timeout = timeout });

    private async Task<TtrpcException> FailsAsync(string method, TimeSpan? timeout = null) => await Assert.ThrowsAsync<TtrpcException>(() => CallAsync(method, timeout: timeout));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(FrameHeader.MaximumMessageBytes - 100)]
    public async Task A_call_brings_its_bytes_there_and_back(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        Assert.Equal(bytes, (await CallAsync("Echo", bytes)).ToArray());
    }

    [Fact]
    public async Task Metadata_reaches_the_server() =>
        Assert.Equal("value"u8.ToArray(), (await client.CallAsync(new TtrpcRequest("test.Service", "Metadata", default) { Metadata = [new("name", "value")] }, Token)).ToArray());

    [Fact]
    public async Task An_error_keeps_its_code_and_words()
    {
        TtrpcException e = await FailsAsync("Missing");
        Assert.Equal((StatusCode.NotFound, ErrorKind.NotFound, "find thing: it does not exist"), (e.Code, e.Kind, e.Message));
        Assert.Equal(StatusCode.Unimplemented, (await FailsAsync("Nothing")).Code);
        Assert.Equal(StatusCode.Internal, (await FailsAsync("Broken")).Code);
    }

    [Fact]
    public async Task Calls_do_not_wait_for_each_other()
    {
        Task<ReadOnlyMemory<byte>>[] waiting = [.. Enumerable.Range(0, 50).Select(_ => CallAsync("Wait"))];
        Assert.Equal([7], (await CallAsync("Echo", [7])).ToArray());
        Assert.DoesNotContain(waiting, call => call.IsCompleted);
        release.SetResult();
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task A_thousand_calls_at_once_get_their_own_answers()
    {
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            byte[] bytes = BitConverter.GetBytes(i);
            Assert.Equal(bytes, (await CallAsync("Echo", bytes)).ToArray());
        }));
    }

    [Fact]
    public async Task A_timeout_ends_the_call_at_both_ends()
    {
        Assert.Equal(StatusCode.DeadlineExceeded, (await FailsAsync("Wait", TimeSpan.FromMilliseconds(20))).Code);
        await cancelled.Task;
        Assert.Empty((await CallAsync("Echo")).ToArray());
    }

    [Fact]
    public async Task The_server_keeps_the_callers_timeout_by_itself()
    {
        using Socket socket = await ConnectAsync();
        ClientSession session = new();
        session.Start(new TtrpcRequest("test.Service", "Wait", default) { Timeout = TimeSpan.FromMilliseconds(20) });
        await socket.SendAsync(session.Unsent, Token);
        byte[] buffer = new byte[4096];
        TtrpcResponse? response;
        do session.Receive(buffer.AsSpan(0, await socket.ReceiveAsync(buffer, Token)));
        while (!session.TryTake(out _, out response));
        Assert.Equal(StatusCode.DeadlineExceeded, response!.Code);
    }

    [Fact]
    public async Task A_closed_connection_cancels_its_calls()
    {
        await using (TtrpcClient other = await TtrpcClient.ConnectAsync(Address, Token))
        {
            Task call = other.CallAsync(new TtrpcRequest("test.Service", "Wait", default), Token);
            await other.CallAsync(new TtrpcRequest("test.Service", "Echo", default), Token);
            await other.DisposeAsync();
            Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<TtrpcException>(() => call)).Code);
        }
        await cancelled.Task;
    }

    [Fact]
    public async Task A_server_that_ends_fails_the_open_calls()
    {
        Task call = CallAsync("Wait");
        await CallAsync("Echo");
        await stop.CancelAsync();
        Assert.Contains((await Assert.ThrowsAsync<TtrpcException>(() => call)).Code, new[] { StatusCode.Unavailable, StatusCode.Canceled });
        await client.Closed;
        Assert.Equal(StatusCode.Unavailable, (await FailsAsync("Echo")).Code);
    }

    [Fact]
    public async Task Where_nobody_listens_is_unavailable() =>
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<TtrpcException>(() => TtrpcClient.ConnectAsync(directory + "/nothing", Token))).Code);

    [Fact]
    public void The_socket_is_for_its_owner_alone() => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Address));

    [RootFact]
    public void Another_user_gets_no_answer_even_where_the_file_lets_it_in()
    {
        // Everybody may open the socket now, and yet only the server's own user is served: CVE-2020-15257.
        File.SetUnixFileMode(Address, (UnixFileMode)0b110_110_110);
        TestDirectory.SetMode(directory, 0b111_111_111);
        ClientSession session = new();
        session.Start(new TtrpcRequest("test.Service", "Echo", "payload"u8.ToArray()));
        Assert.NotEqual(0, OtherUser.Ask(0, Address, session.Unsent.ToArray()));
        Assert.Equal(0, OtherUser.Ask(1000, Address, session.Unsent.ToArray()));
    }

    [Fact]
    public async Task Garbage_ends_nothing_but_its_own_connection()
    {
        using Socket socket = await ConnectAsync();
        byte[] garbage = new byte[100_000];
        new Random(1).NextBytes(garbage);
        await socket.SendAsync(garbage, Token);
        Assert.Equal([1], (await CallAsync("Echo", [1])).ToArray());
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Address));
        return socket;
    }
}
