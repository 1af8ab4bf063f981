using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Store;
using Keelson.Registry.Upstream;
using Microsoft.AspNetCore.Http;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Upstreams that lie, clients that want more than they may, and secrets.</summary>
public sealed class UpstreamAttackTests : UpstreamTest
{
    private const string Secret = "upstream's secret";

    private UpstreamOptions WithSecret => Options with { Credential = new() { Username = "proxy", Password = Secret } };

    private static string Basic => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("proxy:" + Secret));

    [Fact]
    public async Task CVE_2026_33540_a_token_server_on_another_domain_gets_no_credential()
    {
        CountingProxy stranger = Keep(await CountingProxy.StartAsync(Upstream.Name));
        stranger.Fault = http => AnswerAsync(http, 200, """{"token":"abc"}""");
        Proxy.Fault = http => ChallengeAsync(http, $"Bearer realm=\"http://localhost:{stranger.Name.Split(':')[1]}/token\",service=\"s\"");
        await RestartAsync(WithSecret);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        Assert.Equal("", Assert.Single(stranger.Requests.DistinctBy(request => request.Authorization)).Authorization);
        Assert.DoesNotContain(stranger.Requests, request => request.Target.Contains("proxy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_server_that_is_trusted_by_name_gets_the_credential_and_the_upstream_the_token()
    {
        byte[] manifest = await PublishAsync();
        CountingProxy tokens = Keep(await CountingProxy.StartAsync(Upstream.Name));
        tokens.Fault = http => AnswerAsync(http, 200, """{"token":"abc"}""");
        string realm = $"localhost:{tokens.Name.Split(':')[1]}";
        Proxy.Fault = http => http.Request.Headers.Authorization == "Bearer abc" ? Task.FromResult(false) : ChallengeAsync(http, $"Bearer realm=\"http://{realm}/token\",service=\"s\"");
        await RestartAsync(WithSecret with { TrustedRealms = new HashSet<string> { realm } });
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(Basic, Assert.Single(tokens.Requests).Authorization);
    }

    [Fact]
    public async Task A_redirect_to_another_host_does_not_carry_the_credential()
    {
        byte[] layer = Pushes.Random(10_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        CountingProxy storage = Keep(await CountingProxy.StartAsync(Upstream.Name));
        Proxy.Fault = http =>
        {
            if (http.Request.Headers.Authorization.Count == 0) return ChallengeAsync(http, "Basic realm=\"r\"");
            if (!http.Request.Path.Value!.Contains("/blobs/", StringComparison.Ordinal)) return Task.FromResult(false);
            http.Response.Headers.Location = $"http://{storage.Name}{http.Request.Path}?signature=sealed";
            return AnswerAsync(http, 307, "");
        };
        await RestartAsync(WithSecret);
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
        Assert.Contains(Proxy.Requests, request => request.Authorization == Basic);
        Assert.Equal("", Assert.Single(storage.Requests).Authorization);
        Assert.DoesNotContain("sealed", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_into_the_machine_s_own_network_is_not_followed()
    {
        Proxy.Fault = http =>
        {
            http.Response.Headers.Location = "http://169.254.169.254/latest/meta-data/";
            return AnswerAsync(http, 307, "");
        };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/blobs/{Digest.Of("x"u8)}"));
        Assert.Contains("which is not followed", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clients_own_credentials_are_not_passed_on()
    {
        await PublishAsync();
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "the client's");
        Client.DefaultRequestHeaders.Add("Cookie", "session=1");
        await GetAsync($"{Repository}/manifests/1");
        Assert.Equal(HttpStatusCode.OK, await Client.HeadAsync($"/v2/{Repository}/blobs/{Blobs(await GetAsync($"{Repository}/manifests/1"))[0]}"));
        await GetAsync($"{Repository}/tags/list");
        Assert.Equal(3, Proxy.Total);
        Assert.All(Proxy.Requests, request => Assert.Equal("", request.Authorization));
    }

    [Fact]
    public async Task The_upstreams_credential_is_in_no_log_and_in_no_answer()
    {
        string[] secrets = [Secret, Basic["Basic ".Length..]];
        Digest blob = Blobs(await PublishAsync())[0];
        await RestartAsync(WithSecret);
        StringBuilder seen = new();
        foreach (int status in (int[])[200, 401, 403, 500, 0, 302])
        {
            Proxy.IsDown = status == 0;
            Proxy.Fault = http =>
            {
                http.Response.Headers.Location = "ftp://elsewhere.example/";
                return status == 200 && http.Request.Headers.Authorization.Count == 0 || status == 401 ? ChallengeAsync(http, "Basic realm=\"r\"") : status < 300 ? Task.FromResult(false) : AnswerAsync(http, status, "{}");
            };
            foreach (string path in (string[])["manifests/1", "manifests/2", $"blobs/{blob}", "tags/list", $"referrers/{Digest.Of("x"u8)}"])
            {
                using HttpResponseMessage answer = await Client.GetAsync($"/v2/{Repository}/{path}");
                seen.Append(answer.Headers).Append(answer.Content.Headers).Append(await answer.Content.ReadAsStringAsync());
            }
        }
        Assert.Contains(Proxy.Requests, request => request.Authorization == Basic);
        foreach (string secret in secrets)
        {
            Assert.DoesNotContain(secret, Log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, seen.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, WithSecret.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nobody_pulls_through_what_he_may_not_pull()
    {
        Digest blob = Blobs(await PublishAsync())[0];
        await RestartAsync(new RegistryOptions { Upstreams = [Options], Authorizer = new OnlyPush() }, null);
        foreach (string path in (string[])["manifests/1", $"manifests/{blob}", $"blobs/{blob}", "tags/list", $"referrers/{blob}"]) Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"{Repository}/{path}"));
        Assert.Equal(HttpStatusCode.Forbidden, await Client.HeadAsync($"/v2/{Repository}/blobs/{blob}"));
        // Nor does a push bring what he has not sent.
        byte[] config = Pushes.Random();
        await Client.PushBlobAsync(Repository, config);
        using HttpResponseMessage pushed = await Client.PutManifestAsync(Repository, "own", Pushes.Manifest(config, await Source.GetByteArrayAsync($"/v2/{Repository}/blobs/{blob}")));
        Assert.Equal(HttpStatusCode.BadRequest, pushed.StatusCode);
        Assert.Equal(0, Proxy.Total);
    }

    [Theory, InlineData("hub/../secret/manifests/1"), InlineData("hub/%2e%2e/secret/manifests/1"), InlineData("hub/a%2f..%2fsecret/manifests/1"), InlineData("hub//secret/manifests/1"), InlineData("hub/UPPER/manifests/1"),
     InlineData("hub/a/manifests/..%2f..%2fb"), InlineData("hub/a/manifests/1?ns=../b"), InlineData("hub/a/blobs/sha256:..%2f")]
    public async Task A_name_does_not_lead_out_of_the_prefix_of_its_upstream(string path)
    {
        await PublishAsync(repository: "secret");
        await RestartAsync(Options with { Prefix = "hub/", RemotePrefix = "library/" });
        using RegistryHttp http = new(new AnyRegistry(Registry.Name, false));
        (await http.SendAsync("GET", "/v2/" + path)).Is(400, 404);
        Assert.All(Proxy.Requests, request => Assert.StartsWith("/v2/library/", request.Target, StringComparison.Ordinal));
        Assert.DoesNotContain(Proxy.Requests, request => request.Target.Contains("..", StringComparison.Ordinal) || request.Target.Contains('%', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_blob_of_another_digest_is_cut_off_and_never_becomes_content()
    {
        byte[] layer = Pushes.Random(1_000_000), wrong = Pushes.Random(1_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        TaskCompletionSource hold = new();
        Proxy.Fault = async http =>
        {
            if (http.Request.Method == "HEAD") return false;
            http.Response.ContentLength = wrong.Length;
            await http.Response.Body.WriteAsync(wrong.AsMemory(0, 500_000));
            await http.Response.Body.FlushAsync();
            await hold.Task;
            await http.Response.Body.WriteAsync(wrong.AsMemory(500_000));
            return true;
        };
        using HttpResponseMessage first = await Client.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead);
        using RegistryHttp http = new(new AnyRegistry(Registry.Name, false));
        Task<Answer>[] others = [.. Enumerable.Range(0, 4).Select(_ => http.SendAsync("GET", $"/v2/{Repository}/blobs/{digest}"))];
        hold.SetResult();
        await Assert.ThrowsAsync<HttpRequestException>(first.Content.ReadAsByteArrayAsync);
        // Those that came late are told at once.
        foreach (Answer answer in await Task.WhenAll(others)) Assert.True(answer.Status == 502 || !answer.IsWhole && answer.Body.Length < layer.Length, answer.ToString());
        Assert.Equal(HttpStatusCode.OK, await Client.HeadAsync($"/v2/{Repository}/blobs/{digest}"));
        Assert.Equal(1, Proxy.Count("HEAD", "/blobs/"));
        Proxy.Fault = null;
        Assert.Equal(layer, await GetAsync($"{Repository}/blobs/{digest}"));
    }

    [Fact]
    public async Task A_blob_of_one_wrong_byte_is_an_error_that_is_not_kept()
    {
        Proxy.Fault = http => AnswerAsync(http, 200, "y");
        using HttpResponseMessage answer = await Client.GetAsync($"/v2/{Repository}/blobs/{Digest.Of("x"u8)}");
        Assert.False(answer.IsSuccessStatusCode);
        Assert.Null(answer.Headers.ETag);
        Assert.Null(answer.Headers.CacheControl);
    }

    [Fact]
    public async Task A_manifest_of_another_digest_is_refused()
    {
        byte[] manifest = await PublishAsync(), other = await PublishAsync("2");
        Proxy.Fault = http =>
        {
            http.Response.ContentType = MediaTypes.OciManifest;
            return AnswerAsync(http, 200, other);
        };
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
        Proxy.Fault = null;
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
    }

    [Fact]
    public async Task A_blob_that_is_longer_than_is_allowed_is_not_fetched()
    {
        Digest digest = Blobs(await PublishAsync(layer: Pushes.Random(5_000)))[1];
        await RestartAsync(Options with { BlobLimitBytes = 4_999 });
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync($"{Repository}/blobs/{digest}"));
        await RestartAsync(new RegistryOptions { Upstreams = [Options], BlobLimitBytes = 4_999 }, null);
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync($"{Repository}/blobs/{digest}"));
        Assert.Empty(await Registry.Driver.ListAsync(StorePaths.Repository(Repository)));
    }

    [Fact]
    public async Task A_blob_without_a_length_and_without_an_end_is_refused()
    {
        Proxy.Fault = async http =>
        {
            // An answer in chunks.
            while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(new byte[1000]);
            return true;
        };
        Assert.Equal(HttpStatusCode.BadGateway, await StatusAsync($"{Repository}/blobs/{Digest.Of("x"u8)}"));
        Condition.Await("the connection ends", () => Proxy.Open == 0);
    }

    [Fact]
    public async Task An_upstream_that_stalls_in_the_midst_of_a_blob_loses_the_connection()
    {
        Digest digest = Blobs(await PublishAsync(layer: Pushes.Random(1_000_000)))[1];
        Proxy.Hold = new TaskCompletionSource().Task;
        await RestartAsync(Options with { StallTimeout = TimeSpan.FromMilliseconds(200) });
        using RegistryHttp http = new(new AnyRegistry(Registry.Name, false));
        Assert.False((await http.SendAsync("GET", $"/v2/{Repository}/blobs/{digest}")).IsWhole);
        Assert.Equal(3, Proxy.Count("GET", digest.ToString()));
    }

    [Fact]
    public async Task An_upstream_that_sends_a_byte_now_and_then_loses_the_connection()
    {
        Proxy.Fault = async http =>
        {
            http.Response.ContentLength = 1_000_000;
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(new byte[1]);
                await http.Response.Body.FlushAsync();
                await Task.Delay(1);
            }
            return true;
        };
        KeelsonRegistry registry = Keep(await KeelsonRegistry.StartAsync(null, new RegistryOptions { Upstreams = [Options], Store = new() { Time = new HastyClock() } }, Log));
        using RegistryHttp http = new(new AnyRegistry(registry.Name, false));
        Assert.False((await http.SendAsync("GET", $"/v2/{Repository}/blobs/{Digest.Of("x"u8)}")).IsWhole);
        Condition.Await("the connection ends", () => Proxy.Open == 0);
    }

    [Fact]
    public async Task CVE_2026_35172_what_was_deleted_comes_again_only_from_the_upstream()
    {
        byte[] manifest = await PublishAsync();
        Digest digest = Digest.Of(manifest), blob = Blobs(manifest)[1];
        await GetAsync($"{Repository}/manifests/1");
        await GetAsync($"{Repository}/blobs/{blob}");
        foreach (string path in (string[])[$"blobs/{blob}", $"manifests/{digest}"])
            using (HttpResponseMessage deleted = await Client.DeleteAsync($"/v2/{Repository}/{path}")) Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        // The content is still on the disk, and what was known of it may be in memory: without the upstream nothing comes of it.
        Proxy.IsDown = true;
        foreach (string path in (string[])["manifests/1", $"manifests/{digest}", $"blobs/{blob}"]) Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/{path}"));
        Proxy.IsDown = false;
        foreach (string path in (string[])[$"blobs/{blob}", $"manifests/{digest}"])
            using (HttpResponseMessage deleted = await Source.DeleteAsync($"/v2/{Repository}/{path}")) Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        foreach (string path in (string[])["manifests/1", $"manifests/{digest}", $"blobs/{blob}"]) Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/{path}"));
    }

    [Fact]
    public async Task A_blob_that_the_upstream_has_in_another_repository_is_not_readable_through_this_one()
    {
        byte[] secret = Pushes.Random();
        Digest digest = Blobs(await PublishAsync(repository: "team/secret", layer: secret))[1];
        await PublishAsync();
        await GetAsync($"team/secret/blobs/{digest}");
        for (int i = 0; i < 2; i++) Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/blobs/{digest}"));
        Assert.Equal(HttpStatusCode.NotFound, await Client.HeadAsync($"/v2/{Repository}/blobs/{digest}"));
    }

    [Fact]
    public async Task A_fetch_on_its_way_is_no_upload_that_a_client_could_write_to()
    {
        byte[] layer = Pushes.Random(1_000_000);
        Digest digest = Blobs(await PublishAsync(layer: layer))[1];
        TaskCompletionSource hold = new();
        Proxy.Hold = hold.Task;
        using HttpResponseMessage pull = await Client.GetAsync($"/v2/{Repository}/blobs/{digest}", HttpCompletionOption.ResponseHeadersRead);
        using HttpResponseMessage patch = await Client.PatchAsync($"/v2/{Repository}/blobs/uploads/fetch-sha256-{digest.Hex}", new ByteArrayContent([1, 2, 3]));
        Assert.Equal(HttpStatusCode.NotFound, patch.StatusCode);
        hold.SetResult();
        Assert.Equal(layer, await pull.Content.ReadAsByteArrayAsync());
    }

    private static Task<bool> ChallengeAsync(HttpContext http, string challenge)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return AnswerAsync(http, 401, "{}");
    }

    private static Task<bool> AnswerAsync(HttpContext http, int status, string body) => AnswerAsync(http, status, Encoding.UTF8.GetBytes(body));

    private static async Task<bool> AnswerAsync(HttpContext http, int status, byte[] body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentLength = body.Length;
        if (http.Request.Method != "HEAD") await http.Response.Body.WriteAsync(body);
        return true;
    }

    /// <summary>A clock on which a minute is over after a tenth of a second.</summary>
    private sealed class HastyClock : TimeProvider
    {
        public override long GetTimestamp() => System.GetTimestamp() * 600;
    }

    /// <summary>Lets everybody push and nobody pull.</summary>
    private sealed class OnlyPush : IRegistryAuthorizer
    {
        public ValueTask<AccessDecision> DecideAsync(HttpContext http, IReadOnlyList<AccessRequest> needs, CancellationToken cancel) =>
            new(needs.All(need => need.Action is RegistryAction.Push or RegistryAction.Overwrite) ? new AccessDecision { IsAllowed = true } : new AccessDecision { IsAllowed = false });
    }
}
