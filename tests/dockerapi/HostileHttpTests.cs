using System.Net.Sockets;
using System.Text;

namespace Keelson.DockerApi.Tests;

/// <summary>Bytes that are no requests, or more than one.</summary>
public class HostileHttpTests
{
    [Theory]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("GET /_ping HTTP/9.9\r\nHost: d\r\n\r\n")]
    [InlineData("GET /_ping HTTP/1.1\r\nHost: d\r\nBad Header\r\n\r\n")]
    [InlineData("GET /_ping HTTP/1.1\r\n\r\n")]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task Malformed_requests_are_refused_and_the_connection_is_closed(string text)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        Assert.Matches("^HTTP/1.1 (400|411|501|505) ", await server.ExchangeAsync(text));
        Assert.Equal(200, (await server.CallAsync("GET", "/_ping")).Status);
    }

    [Fact]
    public async Task Headers_without_end_are_refused()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        Assert.StartsWith("HTTP/1.1 431 ", await server.ExchangeAsync("GET /_ping HTTP/1.1\r\nHost: d\r\nX: " + new string('a', 40_000) + "\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_Content_Length_denies_is_a_request_of_its_own_and_not_part_of_the_first()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        string answer = await server.ExchangeAsync("POST /v1.41/containers/create?name=web HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n{\"Image\":\"busybox\"}\r\n\r\n");
        Assert.Contains("invalid JSON: EOF", answer, StringComparison.Ordinal);
        Assert.Equal(2, answer.Split("HTTP/1.1 400 ").Length - 1);
        Assert.Empty(server.Containers.List());
    }

    [Fact]
    public async Task A_body_that_never_ends_is_cut_off()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using HttpResponseMessage response = await server.SendAsync("POST", "containers/create", "{\"Image\":\"" + new string('a', 5 << 20) + "\"}");
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_body_of_another_type_is_refused()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        HttpRequestMessage request = new(HttpMethod.Post, "containers/create") { Content = new StringContent("{}", Encoding.UTF8, "text/plain") };
        using HttpResponseMessage response = await server.SendAsync(request);
        Assert.Equal((400, "{\"message\":\"Content-Type specified (text/plain; charset=utf-8) must be \\u0027application/json\\u0027\"}\n"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("containers/..%2f..%2fetc/json")]
    [InlineData("containers/%00/json")]
    [InlineData("images/%2e%2e/json")]
    [InlineData("volumes/..%2fx")]
    public async Task Paths_that_climb_find_nothing(string path)
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        string answer = await server.ExchangeAsync($"GET /v1.41/{path} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
        Assert.Matches("^HTTP/1.1 40[04] ", answer);
    }

    [Fact]
    public async Task A_client_that_goes_in_the_midst_of_a_stream_leaves_nothing_behind()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        Socket[] sockets = new Socket[20];
        for (int i = 0; i < sockets.Length; i++)
        {
            sockets[i] = await server.ConnectAsync();
            await sockets[i].SendAsync("GET /v1.41/events HTTP/1.1\r\nHost: d\r\n\r\n"u8.ToArray());
            await ServerUnderTest.ReadUntilAsync(sockets[i], "\r\n\r\n");
        }
        Assert.Equal(sockets.Length, (await server.GetAsync("info")).GetProperty("NEventsListener").GetInt32());
        foreach (Socket socket in sockets) socket.Dispose();
        await server.Containers.NobodyListens.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_idle_connection_stays_open()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        using Socket socket = await server.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            await socket.SendAsync("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"u8.ToArray());
            await ServerUnderTest.ReadUntilAsync(socket, "\r\n\r\nOK");
            await Task.Delay(2500);
        }
    }
}
