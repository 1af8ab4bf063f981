using System.Globalization;
using System.Text.Json.Nodes;
using Keelson.Oci;
using Keelson.Registry.Tests.Notifications;

namespace Keelson.Registry.Tests.Daemon;

/// <summary>What operators have of the program: metrics, health, traces, an orderly end.</summary>
public sealed class OperationTests : IDisposable
{
    private const string Debugging = "[http.debug]\naddr = \"127.0.0.1:0\"\nprometheus.enabled = true\n";
    private readonly string folder = TestDirectory.Make("daemon");

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public async Task Metrics_have_distribution_s_names()
    {
        using KeelsondRegistry registry = new(folder, Debugging);
        using HttpClient client = new() { BaseAddress = new("http://" + registry.Name) };
        byte[] layer = Pushes.Random(1000);
        await client.PushImageAsync("a", "t", layer);
        for (int i = 0; i < 3; i++) (await client.GetAsync("/v2/a/manifests/t")).EnsureSuccessStatusCode();
        (await client.GetAsync($"/v2/a/blobs/{Digest.Of(layer)}")).EnsureSuccessStatusCode();
        Assert.Equal(404, (int)(await client.GetAsync("/v2/a/manifests/none")).StatusCode);
        using HttpRequestMessage odd = new(new HttpMethod("BREW"), "/v2/");
        await client.SendAsync(odd);
        Dictionary<string, double> metrics = Scrape(registry);
        Assert.Equal(3, metrics["""registry_http_requests_total{code="200",handler="manifest",method="get"}"""]);
        Assert.Equal(1, metrics["""registry_http_requests_total{code="404",handler="manifest",method="get"}"""]);
        Assert.Equal(1, metrics["""registry_http_requests_total{code="405",handler="base",method="other"}"""]);
        Assert.Equal(4, metrics["""registry_http_request_duration_seconds_count{handler="manifest",method="get"}"""]);
        Assert.Equal(4, metrics["""registry_http_request_duration_seconds_bucket{handler="manifest",method="get",le="+Inf"}"""]);
        Assert.Equal(0, metrics["""registry_http_in_flight_requests{handler="manifest"}"""]);
        Assert.Equal(1000, metrics["registry_blob_sent_bytes_total"]);
        Assert.True(metrics["registry_blob_received_bytes_total"] > 1000);
        Assert.Equal(0, metrics["registry_uploads"]);
        Assert.Contains("process_resident_memory_bytes", metrics.Keys);
        CurlAnswer open = Curl.Get("-H", "Accept: application/openmetrics-text", $"http://{registry.Debug}/metrics");
        Assert.EndsWith("# EOF\n", open.Body, StringComparison.Ordinal);
        Assert.Equal(405, Curl.Get("-X", "DELETE", $"http://{registry.Debug}/metrics").Status);
        Assert.Equal(404, Curl.Get($"http://{registry.Debug}/v2/").Status);
        // They are not where clients are.
        Assert.Equal(404, Curl.Get($"http://{registry.Name}/metrics").Status);
    }

    private static Dictionary<string, double> Scrape(KeelsondRegistry registry) => Curl.Get($"http://{registry.Debug}/metrics").Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#').Select(line => line.LastIndexOf(' ') is var space ? (Name: line[..space], Value: line[(space + 1)..]) : default)
        .ToDictionary(sample => sample.Name, sample => sample.Value == "+Inf" ? double.PositiveInfinity : double.Parse(sample.Value, CultureInfo.InvariantCulture));

    [Fact]
    public void What_is_ill_is_told_and_nothing_is_served_until_it_is_well()
    {
        using KeelsondRegistry registry = new(folder, $"{Debugging}[[health.file]]\nfile = \"{folder}/down\"\ninterval = \"20ms\"\n");
        Assert.Equal((200, "{}"), (Curl.Get($"http://{registry.Debug}/debug/health") is var well) ? (well.Status, well.Body) : default);
        Assert.Equal(200, Curl.Get($"http://{registry.Name}/v2/").Status);
        File.WriteAllText(folder + "/down", "");
        Condition.Await("the check to fail", () => Curl.Get($"http://{registry.Debug}/readyz").Status == 503);
        Assert.Equal("the file exists", (string?)JsonNode.Parse(Curl.Get($"http://{registry.Debug}/debug/health").Body)![folder + "/down"]);
        CurlAnswer refused = Curl.Get($"http://{registry.Name}/v2/");
        Assert.Equal((503, "UNAVAILABLE"), (refused.Status, (string?)JsonNode.Parse(refused.Body)!["errors"]![0]!["code"]));
        Assert.DoesNotContain(folder, refused.Body, StringComparison.Ordinal);
        Assert.Equal(200, Curl.Get($"http://{registry.Debug}/livez").Status);
        File.Delete(folder + "/down");
        Condition.Await("the check to pass", () => Curl.Get($"http://{registry.Name}/v2/").Status == 200);
        Assert.Contains("well again", registry.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Others_that_it_needs_are_asked_over_http_and_tcp_as_often_as_a_threshold_says()
    {
        int asked = 0;
        LoopbackServer other = await LoopbackServer.StartAsync(http =>
        {
            Interlocked.Increment(ref asked);
            return Task.CompletedTask;
        });
        string health = $"[[health.http]]\nuri = \"http://{other.Name}/?secret=1\"\ninterval = \"20ms\"\nthreshold = 3\n[[health.tcp]]\naddr = \"{other.Name}\"\ninterval = \"20ms\"\n";
        using KeelsondRegistry registry = new(folder, Debugging + health);
        Condition.Await("it to be asked", () => Volatile.Read(ref asked) > 2);
        Assert.Equal(200, Curl.Get($"http://{registry.Debug}/debug/health").Status);
        await other.DisposeAsync();
        Condition.Await("both to fail", () => JsonNode.Parse(Curl.Get($"http://{registry.Debug}/debug/health").Body)!.AsObject().Count == 2);
        Assert.DoesNotContain("secret", registry.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notifications_are_told_over_a_kill()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        receiver.Status = _ => 503;
        string config = $"{Debugging}[[notifications.endpoints]]\nname = \"one\"\nurl = \"{receiver.Url}\"\ntimeout = \"20s\"\nthreshold = 2\nbackoff = \"50ms\"\nheaders = {{ Authorization = [\"Bearer x\"] }}\n[notifications.events]\nincludereferences = true\n";
        using (KeelsondRegistry registry = new(folder, config))
        {
            using HttpClient client = new() { BaseAddress = new("http://" + registry.Name) };
            await client.PushImageAsync("a", "t");
            Condition.Await("a try", () => receiver.Requests.Count > 0);
            Assert.True(Scrape(registry)["registry_notifications_pending_bytes"] > 0);
            registry.Kill();
        }
        receiver.Status = _ => 200;
        using KeelsondRegistry again = new(folder, config);
        receiver.Await(3);
        Assert.All(receiver.Requests, request => Assert.Equal("Bearer x", request.Authorization.ToString()));
        JsonObject manifest = receiver.Events.Single(happened => (string?)happened["target"]!["tag"] == "t");
        Assert.Equal(2, manifest["target"]!["references"]!.AsArray().Count);
        Assert.Matches("^127.0.0.1:", (string?)manifest["source"]!["addr"]);
        Condition.Await("the figures", () => Scrape(again).GetValueOrDefault("""registry_notifications_events_total{to="one",type="Successes"}""") >= 3);
    }

    [Fact]
    public async Task Requests_are_traced_to_a_receiver_of_otlp()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        using KeelsondRegistry registry = new(folder, "", new KeyValuePair<string, string>("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address));
        Curl.Get("-H", "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", $"http://{registry.Name}/v2/some/name/manifests/t");
        Condition.Await("the span", () => receiver.Text.Contains("GET registry Manifest", StringComparison.Ordinal));
        Assert.Contains("0123456789abcdef0123456789abcdef", receiver.Text, StringComparison.Ordinal);
        Assert.Contains("some/name", receiver.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_that_runs_is_ended_before_the_registry_stops()
    {
        using KeelsondRegistry registry = new(folder, "");
        using HttpClient client = new() { BaseAddress = new("http://" + registry.Name) };
        byte[] content = Pushes.Random(2_000_000);
        TaskCompletionSource half = new(), rest = new();
        HalfContent body = new(content, half, rest.Task);
        Task<HttpResponseMessage> push = client.PostAsync($"/v2/a/blobs/uploads/?digest={Digest.Of(content)}", body);
        await half.Task;
        Condition.Await("the push to be begun", () => Directory.Exists(folder + "/store/docker/registry/v2/repositories/a/_uploads"));
        registry.Stop();
        Condition.Await("it to stop", () => registry.Log.Contains("stops", StringComparison.Ordinal));
        Assert.NotEqual(200, Curl.Get($"http://{registry.Name}/v2/").Status);
        rest.SetResult();
        Assert.Equal(201, (int)(await push).StatusCode);
        Assert.Equal(0, registry.WaitForEnd());
    }

    [Fact]
    public async Task Its_own_token_server_lets_clients_in_by_rules()
    {
        await File.WriteAllTextAsync(folder + "/users", $"anna:{BCrypt.Net.BCrypt.HashPassword("right", 4)}\n");
        await File.WriteAllTextAsync(folder + "/rules", """{"repositories":{"team/**":{"policies":[{"users":["anna"],"actions":["pull","push"]}],"anonymousPolicy":["pull"]}}}""");
        string config = $"[tokenserver]\nissuer = \"here\"\nservices = [\"registry\"]\nusers = \"{folder}/users\"\nrules = \"{folder}/rules\"\nkey = \"{folder}/key\"\ncertificate = \"{folder}/key.pem\"\n"
            + "[auth.token]\nrealm = \"http://REALM/token\"\nservice = \"registry\"\nissuer = \"here\"\n";
        using KeelsondRegistry registry = new(folder, config);
        CurlAnswer asked = Curl.Get("-X", "POST", $"http://{registry.Name}/v2/team/a/blobs/uploads/");
        Assert.Equal(401, asked.Status);
        Assert.Contains("scope=\"repository:team/a:", asked["WWW-Authenticate"], StringComparison.Ordinal);
        string Token(string who, string scope) => (string)JsonNode.Parse(Curl.Get("-G", $"http://{registry.Name}/token", "-d", "service=registry", "--data-urlencode", "scope=" + scope, "-u", who).Body)!["token"]!;
        Assert.Equal(202, Curl.Get("-X", "POST", "-H", "Authorization: Bearer " + Token("anna:right", "repository:team/a:pull,push"), $"http://{registry.Name}/v2/team/a/blobs/uploads/").Status);
        Assert.Equal(401, Curl.Get("-X", "POST", "-H", "Authorization: Bearer " + Token("anna:right", "repository:other:pull,push"), $"http://{registry.Name}/v2/other/blobs/uploads/").Status);
        Assert.Equal(401, Curl.Get("-G", $"http://{registry.Name}/token", "-d", "service=registry", "-u", "anna:wrong").Status);
        Assert.Equal(200, Curl.Get($"http://{registry.Name}/jwks.json").Status);
    }

    [Fact]
    public void Owners_of_certificates_may_what_rules_say()
    {
        using TestAuthority authority = new(folder);
        (string server, string serverKey) = authority.Issue("server", "CN=server");
        (string anna, string annaKey) = authority.Issue("anna", "CN=anna", isClient: true);
        (string bert, string bertKey) = authority.Issue("bert", "CN=bert", isClient: true);
        File.WriteAllText(folder + "/rules", """{"repositories":{"**":{"policies":[{"users":["anna"],"actions":["pull","push"]}]}}}""");
        using KeelsondRegistry registry = new(folder, $"[http.tls]\ncertificate = \"{server}\"\nkey = \"{serverKey}\"\nclientcas = [\"{authority.CertificateFile}\"]\n[auth.certificate]\nnames = [\"commonname\"]\n[auth.rules]\npath = \"{folder}/rules\"\n");
        int Begin(string certificate, string key) => Curl.Get("--cacert", authority.CertificateFile, "--cert", certificate, "--key", key, "-X", "POST", $"https://{registry.Name}/v2/a/blobs/uploads/").Status;
        Assert.Equal((202, 403), (Begin(anna, annaKey), Begin(bert, bertKey)));
    }
}
