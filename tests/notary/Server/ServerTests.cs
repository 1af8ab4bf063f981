using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Notary.Server;
using Keelson.Notary.Tests.Support;
using Keelson.Tuf;
using Microsoft.AspNetCore.Http;

namespace Keelson.Notary.Tests.Server;

/// <summary>What the server answers, request by request.</summary>
public sealed class ServerTests
{
    private const string Gun = "example.org/team/app";

    [Fact]
    public async Task Files_have_the_headers_that_caches_and_clients_go_by()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        using HttpResponseMessage root = await host.Client.GetAsync($"/v2/{Gun}/_trust/tuf/root.json");
        Assert.Equal("public, must-revalidate, max-age=300, s-maxage=300", string.Join(", ", root.Headers.GetValues("Cache-Control")));
        Assert.Matches(@"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d UTC$", root.Content.Headers.NonValidated["Last-Modified"].ToString());
        Assert.StartsWith("text/plain", root.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        byte[] bytes = await root.Content.ReadAsByteArrayAsync();
        Assert.Equal(collection.Builder.Current[TufRoles.Root].ToArray(), bytes);
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        foreach (string name in (string[])[$"root.{hash}.json", $"root.{hash.ToUpperInvariant()}.json", "1.root.json"])
        {
            using HttpResponseMessage fixedOne = await host.Client.GetAsync($"/v2/{Gun}/_trust/tuf/{name}");
            Assert.Equal((HttpStatusCode.OK, TimeSpan.FromDays(30)), (fixedOne.StatusCode, fixedOne.Headers.CacheControl!.MaxAge));
            Assert.Equal(bytes, await fixedOne.Content.ReadAsByteArrayAsync());
        }
        using HttpRequestMessage again = new(HttpMethod.Get, $"/v2/{Gun}/_trust/tuf/root.json");
        again.Headers.IfNoneMatch.Add(root.Headers.ETag!);
        using HttpResponseMessage unchanged = await host.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v2/none/_trust/tuf/root.json", 404, "METADATA_NOT_FOUND")]
    [InlineData("GET", "/v2/none/_trust/tuf/nonsense.json", 404, "METADATA_NOT_FOUND")]
    [InlineData("GET", "/v2/none/_trust/tuf/targets/a.key", 400, "INVALID_ROLE")]
    [InlineData("GET", "/nothing", 404, "METADATA_NOT_FOUND")]
    [InlineData("POST", "/v2/none/_trust/tuf/", 400, "MALFORMED_UPLOAD")]
    [InlineData("GET", "/v2/_trust/changefeed", 400, "INVALID_PARAMETERS")]
    [InlineData("GET", "/v2/_trust/changefeed?records=x", 400, "INVALID_PARAMETERS")]
    [InlineData("GET", "/v2/a/_trust/changefeed?records=1&change_id=-2", 400, "INVALID_PARAMETERS")]
    public async Task What_cannot_be_answered_has_a_code(string method, string path, int status, string code)
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        using HttpRequestMessage request = new(new(method), path);
        using HttpResponseMessage answer = await host.Client.SendAsync(request);
        Assert.Equal(status, (int)answer.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(code, body.RootElement.GetProperty("errors")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_feed_tells_of_updates_and_removals_and_goes_both_ways()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection one = await TestCollection.MakeAsync(host, "a/one"), two = await TestCollection.MakeAsync(host, "a/two");
        await one.BeginAsync();
        await two.BeginAsync();
        Assert.Equal(200, (await one.SendAsync(HttpMethod.Delete, "/v2/a/one/_trust/tuf/")).Status);
        // As of one that is not there.
        Assert.Equal(200, (await one.SendAsync(HttpMethod.Delete, "/v2/a/one/_trust/tuf/")).Status);
        Assert.Equal("1 a/one update 1, 2 a/two update 1, 3 a/one deletion 0", await FeedAsync(one, "/v2/_trust/changefeed?records=0"));
        Assert.Equal("2 a/two update 1, 3 a/one deletion 0", await FeedAsync(one, "/v2/_trust/changefeed?records=-2&change_id=-1"));
        Assert.Equal("1 a/one update 1, 3 a/one deletion 0", await FeedAsync(one, "/v2/a/one/_trust/changefeed?records=10&change_id=0"));
        Assert.Equal("2 a/two update 1", await FeedAsync(one, "/v2/_trust/changefeed?records=1&change_id=1"));
        Assert.Equal(404, (await one.GetAsync("root.json")).Status);
    }

    [Fact]
    public async Task Health_tells_of_a_signer_that_is_away_and_nothing_that_is_read_needs_it()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        Assert.Equal((200, "{}"), await collection.SendAsync(HttpMethod.Get, "/_notary_server/health"));
        int signatures = host.Keys.Signatures;
        host.Keys.IsThere = false;
        (int status, string body) = await collection.SendAsync(HttpMethod.Get, "/_notary_server/health");
        Assert.Equal(503, status);
        Assert.Contains("Trust operational", body, StringComparison.Ordinal);
        await collection.ReadAsync();
        Assert.Equal(signatures, host.Keys.Signatures);
        // What has to be signed is not, and nothing of it is taken.
        collection.Builder.AddTarget("v1", 1, TufHashes.Of("1"u8));
        Assert.Equal(503, (await collection.PostAsync(collection.Sign(TufRoles.Targets))).Status);
        host.Keys.IsThere = true;
        Assert.Equal(1, (await collection.ReadAsync()).Targets!.Version);
    }

    [Fact]
    public async Task Timestamps_and_snapshots_are_made_anew_before_they_expire()
    {
        TestClock clock = new();
        await using NotaryHost host = await NotaryHost.StartAsync(new() { Time = clock, SnapshotLifetime = TimeSpan.FromDays(60) });
        TestCollection server = await TestCollection.MakeAsync(host, "a/server"), own = await TestCollection.MakeAsync(host, "a/own", hasSnapshot: false);
        await server.BeginAsync();
        Assert.Equal((200, ""), await own.PostAsync(own.Sign(TufRoles.Root, TufRoles.Targets, TufRoles.Snapshot)));
        string first = (await server.GetAsync("timestamp.json")).Body;
        for (int day = 0; day < 70; day++)
        {
            clock.Advance(TimeSpan.FromDays(1));
            await host.Server.RenewAsync();
            foreach (TestCollection collection in (TestCollection[])[server, own])
            {
                TufTimestamp timestamp = new(TufEnvelope.Parse(Encoding.UTF8.GetBytes((await collection.GetAsync("timestamp.json")).Body), collection.Dialect));
                Assert.True(timestamp.Expires > clock.GetUtcNow() + TimeSpan.FromDays(4));
                byte[] snapshot = Encoding.UTF8.GetBytes((await collection.GetAsync("snapshot.json")).Body);
                timestamp.Snapshot.Check(TufRoles.Snapshot, snapshot);
                if (collection == server) Assert.False(new TufSnapshot(TufEnvelope.Parse(snapshot, collection.Dialect)).IsExpired(clock.GetUtcNow()));
            }
        }
        Assert.NotEqual(first, (await server.GetAsync("timestamp.json")).Body);
        // Each ten days or so, and not each day.
        Assert.InRange(new TufTimestamp(TufEnvelope.Parse(Encoding.UTF8.GetBytes((await own.GetAsync("timestamp.json")).Body), own.Dialect)).Version, 7, 10);
    }

    [Fact]
    public async Task A_server_stops_when_it_is_asked_to()
    {
        await using NotaryHost host = await NotaryHost.StartAsync();
        using CancellationTokenSource stop = new();
        Task running = host.Server.RunAsync(stop.Token);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task What_a_request_may_do_is_asked_of_the_authorizer_with_the_right_scope()
    {
        List<string> asked = [];
        bool isAllowed = false;
        await using NotaryHost host = await NotaryHost.StartAsync(new()
        {
            Authorizer = new Recorder(access =>
            {
                asked.Add(access is null ? "-" : $"{access.Type}:{access.Name}:{string.Join(',', access.Actions)}");
                return new(isAllowed, "Bearer realm=\"r\"");
            }),
        });
        (HttpMethod Method, string Path, string Scope)[] requests =
        [
            (HttpMethod.Get, "/v2/", "-"), (HttpMethod.Get, "/v2/a/b/_trust/tuf/root.json", "repository:a/b:pull"), (HttpMethod.Get, "/v2/a/b/_trust/tuf/1.root.json", "repository:a/b:pull"),
            (HttpMethod.Get, "/v2/a/b/_trust/tuf/timestamp.key", "repository:a/b:push,pull"), (HttpMethod.Post, "/v2/a/b/_trust/tuf/timestamp.key", "repository:a/b:*"),
            (HttpMethod.Post, "/v2/a/b/_trust/tuf/", "repository:a/b:push,pull"), (HttpMethod.Delete, "/v2/a/b/_trust/tuf/", "repository:a/b:*"),
            (HttpMethod.Get, "/v2/a/b/_trust/changefeed?records=1", "repository:a/b:pull"), (HttpMethod.Get, "/v2/_trust/changefeed?records=1", "registry:catalog:*"),
            // The name that is asked for is the name that is served, however it is spelt.
            (HttpMethod.Get, "/v2/a/b/_trust/tuf/x/_trust/tuf/root.json", "repository:a/b/_trust/tuf/x:pull"),
        ];
        foreach ((HttpMethod method, string path, string scope) in requests)
        {
            asked.Clear();
            using HttpRequestMessage request = new(method, path);
            using HttpResponseMessage answer = await host.Client.SendAsync(request);
            Assert.Equal((401, "Bearer realm=\"r\"", scope), ((int)answer.StatusCode, answer.Headers.WwwAuthenticate.ToString(), string.Join(' ', asked)));
            Assert.Contains("UNAUTHORIZED", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        isAllowed = true;
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/v2/")).StatusCode);
    }

    private static async Task<string> FeedAsync(TestCollection collection, string path)
    {
        (int status, string body) = await collection.SendAsync(HttpMethod.Get, path);
        Assert.Equal(200, status);
        using JsonDocument feed = JsonDocument.Parse(body);
        JsonElement records = feed.RootElement.GetProperty("records");
        Assert.Equal(records.GetArrayLength(), feed.RootElement.GetProperty("count").GetInt32());
        return string.Join(", ", records.EnumerateArray().Select(record => $"{record.GetProperty("ID").GetString()} {record.GetProperty("GUN").GetString()} {record.GetProperty("Category").GetString()} {record.GetProperty("Version").GetInt64().ToString(CultureInfo.InvariantCulture)}"));
    }

    private sealed class Recorder(Func<NotaryAccess?, NotaryDecision> decide) : INotaryAuthorizer
    {
        public ValueTask<NotaryDecision> AuthorizeAsync(HttpContext context, NotaryAccess? access) => new(decide(access));
    }
}
