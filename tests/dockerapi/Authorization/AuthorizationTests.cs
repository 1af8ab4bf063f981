using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Authorization;
using Keelson.Plugins;

namespace Keelson.DockerApi.Tests.Authorization;

/// <summary>Plug-ins that say who may do what, and requests that try to get past them.</summary>
public sealed class AuthorizationTests : IDisposable
{
    private const string Create = "POST /v1.41/containers/create?name=web HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n";
    private const string Privileged = """{"Image":"busybox","HostConfig":{"Privileged":true}}""";
    private readonly PluginProcess plugin = new();
    private readonly List<AuthorizationPlugins> opened = [];

    public void Dispose()
    {
        foreach (AuthorizationPlugins plugins in opened) plugins.Dispose();
        plugin.Dispose();
    }

    [Fact]
    public async Task A_plug_in_sees_request_and_answer_and_secrets_of_registries_in_neither()
    {
        await using ServerUnderTest server = await StartAsync();
        HttpRequestMessage request = new(HttpMethod.Post, "containers/create?name=web") { Content = new StringContent("""{"Image":"busybox"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Registry-Auth", "c2VjcmV0");
        request.Headers.Add("X-Other", "seen");
        using HttpResponseMessage response = await server.SendAsync(request);
        Assert.Equal(201, (int)response.StatusCode);
        JsonElement[] notes = plugin.Notes;
        Assert.Equal(["/AuthZPlugin.AuthZReq", "/AuthZPlugin.AuthZRes"], notes.Select(note => note.GetProperty("Call").GetString()));
        Assert.Equal(("POST", "/v1.41/containers/create?name=web", """{"Image":"busybox"}""", "", "", "seen"), (Text(notes[0], "RequestMethod"), Text(notes[0], "RequestUri"), Text(notes[0], "Body"), Text(notes[0], "User"), Text(notes[0], "UserAuthNMethod"), Text(notes[0].GetProperty("RequestHeaders"), "X-Other")));
        Assert.Equal(201, notes[1].GetProperty("ResponseStatusCode").GetInt32());
        Assert.Equal(await response.Content.ReadAsStringAsync(), Text(notes[1], "Answer"));
        Assert.Equal("application/json", Text(notes[1].GetProperty("ResponseHeaders"), "Content-Type"));
        Assert.DoesNotContain("c2VjcmV0", string.Concat(notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_plug_in_denies_does_not_happen()
    {
        await using ServerUnderTest server = await StartAsync();
        plugin.Rule("""{"body":"\"Privileged\":\\s*true"}""");
        Assert.Equal((403, """{"message":"authorization denied by plugin guard: no body like this"}"""), await server.CallAsync("POST", "containers/create", Privileged));
        Assert.Empty(server.Containers.List());
        Assert.Equal(201, (await server.CallAsync("POST", "containers/create", """{"Image":"busybox"}""")).Status);
    }

    [Fact]
    public async Task An_answer_that_a_plug_in_denies_does_not_go_out_nor_do_its_headers()
    {
        await using ServerUnderTest server = await StartAsync();
        server.Containers.Add("web", change: info => info with { Settings = info.Settings with { Env = ["KEY=topsecret"] } });
        plugin.Rule("""{"response":"topsecret"}""");
        Assert.Equal((403, """{"message":"authorization denied by plugin guard: no response like this"}"""), await server.CallAsync("GET", "containers/web/json"));
        plugin.Rule("""{"mode":"error"}""");
        using HttpResponseMessage archive = await server.SendAsync("GET", "containers/web/archive?path=/etc");
        Assert.Equal((403, false), ((int)archive.StatusCode, archive.Headers.Contains("X-Docker-Container-Path-Stat")));
    }

    [Fact]
    public async Task An_error_is_an_answer_too()
    {
        await using ServerUnderTest server = await StartAsync();
        Assert.Equal((404, """{"message":"No such container: nope"}"""), await server.CallAsync("GET", "containers/nope/json"));
        Assert.Equal((404, "{\"message\":\"No such container: nope\"}\n"), (plugin.Notes[1].GetProperty("ResponseStatusCode").GetInt32(), Text(plugin.Notes[1], "Answer")));
        plugin.Rule("""{"response":"No such"}""");
        Assert.Equal(403, (await server.CallAsync("GET", "containers/nope/json")).Status);
    }

    [Theory]
    [InlineData("garbage", "no JSON of this kind")]
    [InlineData("error", "the rules are lost")]
    [InlineData("slow", "no answer within 0.5 s")]
    public async Task A_plug_in_that_says_nothing_of_use_allows_nothing(string mode, string words)
    {
        await using ServerUnderTest server = await StartAsync(TimeSpan.FromSeconds(0.5));
        server.Containers.Add("web");
        Assert.Equal(204, (await server.CallAsync("POST", "containers/web/stop")).Status);
        plugin.Rule($$"""{"mode":"{{mode}}"}""");
        (int status, string body) = await server.CallAsync("DELETE", "containers/web");
        Assert.True(status == 403 && body.Contains("authorization denied by plugin guard", StringComparison.Ordinal) && body.Contains(words, StringComparison.Ordinal), $"{status} {body}");
        Assert.Single(server.Containers.List());
    }

    [Fact]
    public async Task A_plug_in_that_is_gone_allows_nothing_until_it_is_back()
    {
        await using ServerUnderTest server = await StartAsync();
        Assert.Equal(200, (await server.CallAsync("GET", "/_ping")).Status);
        plugin.Kill();
        (int status, string body) = await server.CallAsync("GET", "/_ping");
        Assert.True(status == 403 && body.Contains("there is none of this name", StringComparison.Ordinal), body);
        plugin.Start();
        Assert.Equal(200, (await server.CallAsync("GET", "/_ping")).Status);
    }

    [Fact]
    public async Task All_plug_ins_must_allow_it_and_after_a_no_the_rest_is_not_asked()
    {
        using PluginProcess second = new("second");
        AuthorizationPlugins plugins = new([plugin.Name, second.Name], new([plugin.Sockets, second.Sockets], []));
        opened.Add(plugins);
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(new(new SocketRights("s")) { Plugins = plugins });
        second.Rule("""{"uri":"/info"}""");
        Assert.Contains("denied by plugin second", (await server.CallAsync("GET", "info")).Body, StringComparison.Ordinal);
        second.Forget();
        plugin.Rule("""{"uri":"/version"}""");
        Assert.Contains("denied by plugin guard", (await server.CallAsync("GET", "version")).Body, StringComparison.Ordinal);
        Assert.Empty(second.Notes);
    }

    [Theory]
    [InlineData("Content-Length: 0\r\n\r\n")]
    [InlineData("Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")]
    [InlineData("Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n")]
    [InlineData("\r\n")]
    public async Task CVE_2024_41110_a_body_that_is_denied_is_read_by_nobody(string headers)
    {
        await using ServerUnderTest server = await StartAsync();
        plugin.Rule("""{"body":"Privileged"}""");
        string answer = await server.ExchangeAsync(Create + headers + Privileged + "\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Empty(server.Containers.List());
        Assert.DoesNotContain(plugin.Notes, note => Text(note, "Body").Length > 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Connection: Upgrade\r\nUpgrade: tcp\r\n")]
    public async Task CVE_2024_41110_a_body_in_chunks_is_seen_as_it_is_read(string more)
    {
        await using ServerUnderTest server = await StartAsync();
        plugin.Rule("""{"body":"Privileged"}""");
        string chunked = string.Concat(Privileged.Chunk(7).Select(part => $"{part.Length:x}\r\n{new string(part)}\r\n")) + "0\r\n\r\n";
        using Socket denied = await server.ConnectAsync();
        await denied.SendAsync(Encoding.ASCII.GetBytes(Create + more + "Transfer-Encoding: chunked\r\n\r\n" + chunked));
        string answer = await ServerUnderTest.ReadUntilAsync(denied, "\r\n\r\n");
        Assert.Matches("^HTTP/1.1 (403|400) ", answer);
        Assert.Empty(server.Containers.List());
        if (more.Length > 0) return;
        Assert.Equal(Privileged, Text(plugin.Notes[0], "Body"));
        plugin.Rule("{}");
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes(Create + "Transfer-Encoding: chunked\r\n\r\n" + chunked));
        await ServerUnderTest.ReadUntilAsync(socket, "201 Created");
        Assert.True(server.Containers.Get("web").Host.Privileged);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json2")]
    [InlineData("multipart/form-data; x=application/json")]
    [InlineData("")]
    public async Task A_body_that_a_plug_in_is_not_shown_is_not_read_as_JSON(string type)
    {
        await using ServerUnderTest server = await StartAsync();
        plugin.Rule("""{"body":"Privileged"}""");
        string answer = await server.ExchangeAsync($"POST /containers/create HTTP/1.1\r\nHost: d\r\nConnection: close\r\n{(type.Length > 0 ? $"Content-Type: {type}\r\n" : "")}Content-Length: {Privileged.Length}\r\n\r\n{Privileged}");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Empty(server.Containers.List());
    }

    [Fact]
    public async Task A_body_that_is_too_long_to_be_shown_is_refused()
    {
        await using ServerUnderTest server = await StartAsync();
        string body = "{\"Image\":\"busybox\",\"Labels\":{\"a\":\"" + new string('x', 1 << 20) + "\"},\"HostConfig\":{\"Privileged\":true}}";
        Assert.Equal(413, (await server.CallAsync("POST", "containers/create", body)).Status);
        Assert.Empty(server.Containers.List());
        string fits = "{\"Image\":\"busybox\",\"Labels\":{\"a\":\"" + new string('x', 900_000) + "\"}}";
        Assert.Equal(201, (await server.CallAsync("POST", "containers/create", fits)).Status);
    }

    [Theory]
    [InlineData("POST /v1.41/containers/%63reate HTTP/1.1")]
    [InlineData("POST /v1.41/images/../containers/create HTTP/1.1")]
    [InlineData("POST /v1.41/images/%2e%2e/containers/create HTTP/1.1")]
    [InlineData("POST /v1.41%2Fcontainers/create HTTP/1.1")]
    [InlineData("POST http://d/v1.41/containers/create HTTP/1.1")]
    public async Task A_path_is_shown_as_it_is_understood(string line)
    {
        await using ServerUnderTest server = await StartAsync();
        plugin.Rule("""{"uri":"^/v[0-9.]+/containers/create$"}""");
        const string Body = """{"Image":"busybox"}""";
        string answer = await server.ExchangeAsync($"{line}\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Empty(server.Containers.List());
    }

    [Fact]
    public async Task Streams_flow_once_their_beginning_is_allowed()
    {
        await using ServerUnderTest server = await StartAsync();
        server.Containers.Add("web");
        using (HttpResponseMessage response = await server.SendAsync("GET", "events", completion: HttpCompletionOption.ResponseHeadersRead)) Assert.Equal(200, (int)response.StatusCode);
        using Socket socket = await server.ConnectAsync();
        await socket.SendAsync("POST /v1.41/containers/web/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"u8.ToArray());
        await ServerUnderTest.ReadUntilAsync(socket, "101 UPGRADED");
        plugin.Rule("""{"mode":"error"}""");
        using HttpResponseMessage refused = await server.SendAsync("GET", "events", completion: HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(403, (int)refused.StatusCode);
    }

    private async Task<ServerUnderTest> StartAsync(TimeSpan? patience = null)
    {
        AuthorizationPlugins plugins = new([plugin.Name], new PluginDirectory([plugin.Sockets], []), patience);
        opened.Add(plugins);
        return await ServerUnderTest.StartAsync(new(new SocketRights("s")) { Plugins = plugins });
    }

    private static string Text(JsonElement note, string name) => note.GetProperty(name).GetString()!;
}
