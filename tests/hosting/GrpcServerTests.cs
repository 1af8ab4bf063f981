using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;

namespace Keelson.Hosting.Tests;

/// <summary>The server against the client of grpc-dotnet, and against requests that no client makes.</summary>
public class GrpcServerTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_of_method_answers()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        Assert.Equal("hello", await server.Client.AsyncUnaryCall(EchoService.One, null, default, "hello"));
        Assert.Equal("", await server.Client.AsyncUnaryCall(EchoService.One, null, default, ""));

        List<string> counted = [];
        using AsyncServerStreamingCall<string> count = server.Client.AsyncServerStreamingCall(EchoService.Count, null, default, "1000");
        while (await count.ResponseStream.MoveNext(Cancel)) counted.Add(count.ResponseStream.Current);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), counted);

        using AsyncClientStreamingCall<string, string> join = server.Client.AsyncClientStreamingCall(EchoService.Join, null, default);
        foreach (string part in (string[])["a", "", "b"]) await join.RequestStream.WriteAsync(part, Cancel);
        await join.RequestStream.CompleteAsync();
        Assert.Equal("ab", await join);

        using AsyncDuplexStreamingCall<string, string> talk = server.Client.AsyncDuplexStreamingCall(EchoService.Talk, null, default);
        for (int i = 0; i < 10; i++)
        {
            await talk.RequestStream.WriteAsync($"word{i}", Cancel);
            Assert.True(await talk.ResponseStream.MoveNext(Cancel));
            Assert.Equal($"WORD{i}", talk.ResponseStream.Current);
        }
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(Cancel));
    }

    [Theory]
    [InlineData("refuse", StatusCode.FailedPrecondition, "no: ü %")]
    [InlineData("known", StatusCode.NotFound, "translated")]
    [InlineData("fault", StatusCode.Internal, "/test.Echo/One: a fault")]
    public async Task Errors_become_statuses(string request, StatusCode code, string detail)
    {
        await using EchoServer server = await EchoServer.StartAsync();
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.AsyncUnaryCall(EchoService.One, null, default, request));
        Assert.Equal((code, detail), (error.StatusCode, error.Status.Detail));
        Assert.Equal("on", await server.Client.AsyncUnaryCall(EchoService.One, null, default, "on"));
    }

    [Fact]
    public async Task Headers_and_trailers_carry_text_and_bytes()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        Metadata headers = new() { { "a", "text" }, { "b-bin", new byte[] { 0, 255 } } };
        using AsyncUnaryCall<string> call = server.Client.AsyncUnaryCall(EchoService.One, null, new(headers), "headers");
        Assert.Equal("text 00FF /test.Echo/One", await call);
        Assert.Equal([1, 2, 3, 4], call.GetTrailers().GetValueBytes("t-bin")!);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        CallOptions soon = new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(3));
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.AsyncUnaryCall(EchoService.One, null, soon, "wait"));
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await EchoService.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Messages_over_the_limit_are_refused_both_ways()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        string longest = new('x', EchoServer.LimitBytes);
        Assert.Equal(longest, await server.Client.AsyncUnaryCall(EchoService.One, null, default, longest));
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.AsyncUnaryCall(EchoService.One, null, default, longest + "x"));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        using AsyncClientStreamingCall<string, string> join = server.Client.AsyncClientStreamingCall(EchoService.Join, null, default);
        await join.RequestStream.WriteAsync(longest, Cancel);
        await join.RequestStream.WriteAsync("x", Cancel);
        await join.RequestStream.CompleteAsync();
        error = await Assert.ThrowsAsync<RpcException>(async () => await join);
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Theory]
    [InlineData("/test.Echo/Nothing", "application/grpc", "0000000000", "12")]
    [InlineData("/test.Echo/One", "application/grpc", "01000000020000", "12")]   // compressed
    [InlineData("/test.Echo/One", "application/grpc", "", "13")]                 // no message
    [InlineData("/test.Echo/One", "application/grpc", "000000", "13")]           // half a header
    [InlineData("/test.Echo/One", "application/grpc", "00000000ff41", "13")]     // half a message
    [InlineData("/test.Echo/One", "application/grpc", "00000000000000000000", "13")] // two messages
    [InlineData("/test.Echo/One", "application/grpc", "00ffffffff", "8")]        // longer than anything
    [InlineData("/test.Echo/One", "application/grpc+proto", "000000000141", "0")]
    public async Task A_request_that_no_client_makes_gets_a_status(string path, string type, string body, string status)
    {
        await using EchoServer server = await EchoServer.StartAsync();
        using HttpClient client = server.Raw;
        using HttpResponseMessage response = await SendAsync(client, path, type, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsByteArrayAsync(Cancel);
        IEnumerable<string> sent = response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? trailers) ? trailers : response.Headers.GetValues("grpc-status");
        Assert.Equal(status, Assert.Single(sent));
    }

    [Fact]
    public async Task Another_content_type_is_refused()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        using HttpClient client = server.Raw;
        using HttpResponseMessage response = await SendAsync(client, "/test.Echo/One", "application/json", "000000000141");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Each_socket_has_a_handler_of_its_own()
    {
        await using EchoServer server = await EchoServer.StartAsync();
        using HttpClient client = server.Http;
        Assert.Equal("plain /a", await client.GetStringAsync(new Uri("/a", UriKind.Relative), Cancel));
    }

    [Fact]
    public async Task Stopping_waits_for_calls_that_run_and_ends_those_that_do_not_end()
    {
        EchoServer server = await EchoServer.StartAsync();
        using AsyncDuplexStreamingCall<string, string> talk = server.Client.AsyncDuplexStreamingCall(EchoService.Talk, null, default);
        await talk.RequestStream.WriteAsync("a", Cancel);
        Assert.True(await talk.ResponseStream.MoveNext(Cancel));
        Task stop = server.StopAsync();
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(Cancel));
        await stop;
        await server.DisposeAsync();
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string type, string body)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy, Content = new ByteArrayContent(Convert.FromHexString(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return client.SendAsync(request, Cancel);
    }
}
