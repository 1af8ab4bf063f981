using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Keelson.DockerApi.Access;
using Keelson.DockerApi.Audit;
using Keelson.DockerApi.Authorization;
using Keelson.DockerApi.Tests.Authorization;
using Keelson.DockerApi.Tests.Fakes;
using Keelson.Plugins;

namespace Keelson.DockerApi.Tests.Dashboard;

/// <summary>Whom the dashboard lets in, and what it says to the rest.</summary>
public class DashboardServerTests
{
    [Fact]
    public async Task The_token_becomes_a_cookie_that_scripts_and_other_sites_do_not_get_and_a_key_behind_a_hash()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        using HttpResponseMessage answer = await dashboard.SendAsync("GET", "/?token=" + dashboard.Token.Text);
        Assert.Equal(303, (int)answer.StatusCode);
        Assert.Equal("/#" + dashboard.Token.Key, answer.Headers.GetValues("Location").Single());
        string[] cookie = answer.Headers.GetValues("Set-Cookie").Single().Split("; ");
        Assert.Equal(dashboard.Cookie, cookie[0]);
        Assert.Equal(["httponly", "path=/", "samesite=strict"], cookie[1..].Order());
        Assert.Equal([64, 64, 64], new[] { dashboard.Token.Text, dashboard.Token.Cookie, dashboard.Token.Key }.Distinct().Select(text => text.Length));
        Assert.Equal(0, answer.Content.Headers.ContentLength);
        using HttpResponseMessage page = await dashboard.SendAsync("GET", "/", ("Cookie", dashboard.Cookie));
        Assert.Equal((200, "text/html"), ((int)page.StatusCode, page.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/?token=")]
    [InlineData("GET", "/?token=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("GET", "/dashboard/main.js")]
    [InlineData("GET", "/dashboard/rights")]
    [InlineData("GET", "/v1.41/containers/json")]
    [InlineData("GET", "/v1.41/_ping")]
    [InlineData("GET", "/v9.99/x")]
    [InlineData("GET", "/nowhere")]
    public async Task Without_the_token_there_is_401_and_nothing_is_told(string method, string path)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        foreach (string cookie in (string[])["", $"keelson-dashboard-{dashboard.Port}=x", $"keelson-dashboard-{dashboard.Port}={dashboard.Token.Key}", $"keelson-dashboard-{dashboard.Port + 1}={dashboard.Token.Cookie}"])
        {
            using HttpResponseMessage answer = await dashboard.SendAsync(method, path, ("Cookie", cookie));
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal("", await answer.Content.ReadAsStringAsync());
            Assert.DoesNotContain(answer.Headers, header => header.Key is "Server" or "Api-Version" or "Docker-Experimental" or "Set-Cookie");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("wrong")]
    public async Task The_cookie_alone_which_other_ports_see_opens_the_page_and_not_the_engine(string? key)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        dashboard.Containers.Add("web");
        (string, string)[] headers = key is null ? [("Cookie", dashboard.Cookie)] : [("Cookie", dashboard.Cookie), ("X-Keelson-Key", key)];
        foreach (string path in (string[])["/v1.41/containers/json", "/dashboard/rights", "/v1.41/_ping"])
        {
            using HttpResponseMessage answer = await dashboard.SendAsync("GET", path, headers);
            Assert.Equal((401, ""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }
        Assert.Equal(200, (await dashboard.CallAsync("GET", "/v1.41/containers/json")).Status);
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:1", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:80", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost.evil.example:80", 403)]
    [InlineData("192.0.2.1", 403)]
    public async Task Names_that_can_mean_another_machine_are_refused(string host, int status)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        using HttpResponseMessage answer = await dashboard.SendAsync("GET", "/v1.41/_ping", ("Host", host), ("Cookie", dashboard.Cookie), ("X-Keelson-Key", dashboard.Token.Key));
        Assert.Equal(status, (int)answer.StatusCode);
        using HttpResponseMessage entry = await dashboard.SendAsync("GET", "/?token=" + dashboard.Token.Text, ("Host", host));
        Assert.Equal(status == 200 ? 303 : 403, (int)entry.StatusCode);
    }

    [Theory]
    [InlineData(null, 403)]
    [InlineData("null", 403)]
    [InlineData("http://evil.example", 403)]
    [InlineData("http://127.0.0.1:1", 403)]
    [InlineData("http://127.0.0.1", 403)]
    [InlineData("https://127.0.0.1:PORT", 403)]
    [InlineData("http://localhost:PORT", 403)]
    [InlineData("http://127.0.0.1:PORT", 204)]
    public async Task What_changes_something_comes_from_the_page_alone(string? origin, int status)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        dashboard.Containers.Add("web");
        origin = origin?.Replace("PORT", $"{dashboard.Port}", StringComparison.Ordinal);
        (string, string)[] headers = [("Cookie", dashboard.Cookie), ("X-Keelson-Key", dashboard.Token.Key), .. origin is null ? ((string, string)[])[] : [("Origin", origin)]];
        using HttpResponseMessage answer = await dashboard.SendAsync("POST", "/v1.41/containers/web/stop", headers);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 204, dashboard.Containers.Calls.Count == 1);
        using HttpResponseMessage read = await dashboard.SendAsync("GET", "/v1.41/_ping", headers);
        Assert.Equal(origin is null || status == 204 ? 200 : 403, (int)read.StatusCode);
    }

    [Fact]
    public async Task Every_answer_says_what_a_browser_may_do_with_it_also_errors_of_the_engine()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        (string, string)[] inside = [("Cookie", dashboard.Cookie), ("X-Keelson-Key", dashboard.Token.Key)];
        foreach ((string path, (string, string)[] headers) in ((string, (string, string)[])[])[("/", []), ("/?token=" + dashboard.Token.Text, []), ("/", inside), ("/dashboard/main.js", inside), ("/dashboard/page.css", inside), ("/v1.41/containers/json", inside), ("/v1.41/containers/nope/json", inside), ("/v1.41/nope", inside), ("/nope", inside)])
        {
            using HttpResponseMessage answer = await dashboard.SendAsync("GET", path, headers);
            string Of(string name) => string.Join(' ', answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values : answer.Content.Headers.TryGetValues(name, out values) ? values : [path + " lacks " + name]);
            Assert.StartsWith("default-src 'none'; script-src 'self';", Of("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", Of("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Equal(("DENY", "nosniff", "no-referrer", "no-store", "same-origin", "same-origin"), (Of("X-Frame-Options"), Of("X-Content-Type-Options"), Of("Referrer-Policy"), Of("Cache-Control"), Of("Cross-Origin-Opener-Policy"), Of("Cross-Origin-Resource-Policy")));
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task The_pages_files_name_no_other_place()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        string html = (await dashboard.CallAsync("GET", "/")).Body;
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        HashSet<string> seen = ["start.js", "main.js", "page.css"];
        Queue<string> left = new(seen);
        while (left.TryDequeue(out string? name))
        {
            (int status, string text) = await dashboard.CallAsync("GET", "/dashboard/" + name);
            Assert.Equal(200, status);
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
            // A name of an XML vocabulary and the page's own websocket are no places to load from.
            Assert.DoesNotContain("://", text.Replace("\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal).Replace("`ws://${location.host}", "", StringComparison.Ordinal), StringComparison.Ordinal);
            foreach (string import in text.Split('\n').Where(line => line.StartsWith("import ", StringComparison.Ordinal)).Select(line => line.Split("\"./")[1].Split('"')[0]))
                if (seen.Add(import)) left.Enqueue(import);
        }
        Assert.Equal(15, seen.Count);
    }

    [Fact]
    public async Task A_read_only_dashboard_reads_and_says_so()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new(new SocketRights("") { IsReadOnly = true }));
        dashboard.Containers.Add("web");
        Assert.Equal((200, """{"isReadOnly":true,"hasStreams":false,"label":null}"""), await dashboard.CallAsync("GET", "/dashboard/rights"));
        Assert.Equal(200, (await dashboard.CallAsync("GET", "/v1.41/containers/json")).Status);
        foreach ((string method, string path) in ((string, string)[])[("POST", "/v1.41/containers/web/stop"), ("POST", "/v1.41/containers/web/exec"), ("GET", "/v1.41/containers/web/logs?stdout=1"), ("GET", "/dashboard/exec/x/ws")])
        {
            (int status, string body) = await dashboard.CallAsync(method, path, method == "POST" ? "{}" : null);
            Assert.Equal(403, status);
            Assert.Contains("the socket dashboard does not allow it", body, StringComparison.Ordinal);
        }
        Assert.Empty(dashboard.Containers.Calls);
    }

    [Fact]
    public async Task A_terminal_goes_over_a_websocket_both_ways_and_hangs_up_when_its_page_goes()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        dashboard.Containers.Add("web");
        string path = await MakeExecAsync(dashboard);
        using (ClientWebSocket socket = await dashboard.OpenAsync(path, dashboard.Token.Key, dashboard.Origin))
        {
            Assert.Equal("keelson.terminal", socket.SubProtocol);
            await socket.SendAsync("ls\r"u8.ToArray(), WebSocketMessageType.Binary, true, CancellationToken.None);
            byte[] buffer = new byte[100];
            WebSocketReceiveResult read = await socket.ReceiveAsync(buffer, CancellationToken.None);
            Assert.Equal("ls\r", Encoding.ASCII.GetString(buffer, 0, read.Count));
        }
        FakeStreams streams = dashboard.Containers.Attached.Single();
        await streams.Disposed.WaitAsync(TimeSpan.FromSeconds(30));
        await WaitForAsync(() => dashboard.Containers.Calls.Contains("kill eeee 1"));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "http://evil.example")]
    [InlineData(true, "http://127.0.0.1:1")]
    [InlineData(false, "own")]
    public async Task A_websocket_of_another_page_or_without_the_key_is_refused(bool hasKey, string? origin)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        dashboard.Containers.Add("web");
        string path = await MakeExecAsync(dashboard);
        foreach (string target in (string[])[path, "/v1.41/containers/web/attach/ws?stream=1&stdin=1&stdout=1"])
        {
            WebSocketException refusal = await Assert.ThrowsAsync<WebSocketException>(() => dashboard.OpenAsync(target, hasKey ? dashboard.Token.Key : null, origin == "own" ? dashboard.Origin : origin));
            Assert.Contains(hasKey ? "403" : "401", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Empty(dashboard.Containers.Attached);
    }

    [Fact]
    public async Task Terminals_are_no_part_of_dockers_API()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync();
        server.Containers.Add("web");
        await server.CallAsync("POST", "containers/web/exec", """{"Cmd":["sh"]}""");
        Assert.Equal(404, (await server.CallAsync("GET", "/dashboard/exec/" + server.Containers.Exec!.Id + "/ws")).Status);
    }

    [Fact]
    public async Task The_audit_log_says_that_it_was_the_dashboard()
    {
        string folder = TestDirectory.Make("dashboard");
        try
        {
            using AuditLog log = new(folder + "/audit.jsonl", 0, (problem, _) => Assert.Fail(problem));
            await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new(new SocketRights("other")) { Audit = log });
            dashboard.Containers.Add("web");
            await dashboard.CallAsync("POST", "/v1.41/containers/web/stop");
            dashboard.Containers.Add("shell");
            string path = await MakeExecAsync(dashboard, "shell");
            (await dashboard.OpenAsync(path, dashboard.Token.Key, dashboard.Origin)).Dispose();
            await WaitForAsync(() => File.ReadAllLines(folder + "/audit.jsonl").Length == 3);
            JsonElement[] lines = [.. File.ReadAllLines(folder + "/audit.jsonl").Select(line => JsonDocument.Parse(line).RootElement)];
            Assert.All(lines, line => Assert.Equal("dashboard", line.GetProperty("socket").GetString()));
            Assert.Equal(["/v1.41/containers/web/stop", "/v1.41/containers/shell/exec", path], lines.Select(line => line.GetProperty("path").GetString()));
            Assert.Equal([204, 201, 101], lines.Select(line => line.GetProperty("status").GetInt32()));
            Assert.Equal("sh", lines[2].GetProperty("exec")[0].GetString());
            foreach (string secret in (string[])[dashboard.Token.Text, dashboard.Token.Cookie, dashboard.Token.Key]) Assert.DoesNotContain(secret, File.ReadAllText(folder + "/audit.jsonl"), StringComparison.Ordinal);
        }
        finally
        {
            TestDirectory.Remove(folder);
        }
    }

    [Fact]
    public async Task Plug_ins_are_asked_and_see_the_dashboards_name_and_no_secret_of_it()
    {
        using PluginProcess plugin = new();
        using AuthorizationPlugins plugins = new([plugin.Name], new PluginDirectory([plugin.Sockets], []));
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new(new SocketRights("")) { Plugins = plugins });
        dashboard.Containers.Add("web");
        string path = await MakeExecAsync(dashboard);
        plugin.Rule("""{"uri":"^/(v[0-9.]+/containers/[^/]+/stop|dashboard/exec/)"}""");
        Assert.Equal(403, (await dashboard.CallAsync("POST", "/v1.41/containers/web/stop")).Status);
        Assert.Contains("403", (await Assert.ThrowsAsync<WebSocketException>(() => dashboard.OpenAsync(path, dashboard.Token.Key, dashboard.Origin))).Message, StringComparison.Ordinal);
        plugin.Rule("{}");
        (await dashboard.OpenAsync(path, dashboard.Token.Key, dashboard.Origin)).Dispose();
        JsonElement[] notes = plugin.Notes;
        Assert.True(notes.Length > 4);
        Assert.All(notes, note => Assert.Equal(("dashboard", "token"), (note.GetProperty("User").GetString(), note.GetProperty("UserAuthNMethod").GetString())));
        foreach (string secret in (string[])[dashboard.Token.Text, dashboard.Token.Cookie, dashboard.Token.Key]) Assert.DoesNotContain(secret, string.Concat(notes), StringComparison.Ordinal);
    }

    private static async Task<string> MakeExecAsync(DashboardUnderTest dashboard, string name = "web")
    {
        Assert.Equal(201, (await dashboard.CallAsync("POST", $"/v1.41/containers/{name}/exec", """{"Cmd":["sh"],"Tty":true,"AttachStdin":true,"AttachStdout":true}""")).Status);
        return $"/dashboard/exec/{dashboard.Containers.Exec!.Id}/ws";
    }

    private static async Task WaitForAsync(Func<bool> isSo)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!isSo()) await timer.WaitForNextTickAsync(limit.Token);
    }
}
