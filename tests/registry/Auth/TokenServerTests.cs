using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

public sealed class TokenServerTests : IAsyncLifetime
{
    private const string Service = "service=test%20registry";
    private readonly TokenServerSetup setup = new();
    private readonly HttpClient client = new();
    private AuthApp app = null!;

    public async ValueTask InitializeAsync()
    {
        app = await AuthApp.StartAsync();
        app.Tokens = new TokenServer(setup.Options);
        app.Authorizer = new TokenAuthorizer(setup.Trusting(app.Url + "/token"));
        client.BaseAddress = new(app.Url);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        setup.Dispose();
    }

    [Theory]
    [InlineData("anna", "repository:team/app:pull,push", "repository:team/app:pull,push")]
    [InlineData("anna", "repository:team/app:delete", "repository:team/app:delete")]
    [InlineData("anna", "repository:team/app:*", "repository:team/app:*")]
    [InlineData("anna", "repository:other/app:pull,push", "")]
    [InlineData("anna", "repository:team/app:pull,push repository:public/base:pull", "repository:team/app:pull,push repository:public/base:pull")]
    [InlineData("anna", "repository(plugin):team/app:pull", "repository(plugin):team/app:pull")]
    [InlineData("anna", "repository:team/app:pull,fly", "repository:team/app:pull")]
    [InlineData("anna", "registry:catalog:*", "")]
    [InlineData("anna", "", "")]
    [InlineData("anna", "repository:team/app:", "")]
    [InlineData("anna", "nonsense repository:: :: repository(:a:pull other:team/app:pull", "")]
    [InlineData("robot", "repository:team/app:pull,push", "repository:team/app:pull,create")]
    [InlineData("robot", "repository:team/app:*", "repository:team/app:pull,create")]
    [InlineData("root", "registry:catalog:*", "registry:catalog:*")]
    [InlineData("root", "repository:any:*", "repository:any:*")]
    [InlineData("", "repository:public/base:pull,push", "repository:public/base:pull")]
    [InlineData("", "repository:team/app:pull", "")]
    public async Task A_token_has_what_its_user_may_of_what_is_asked_for(string user, string asked, string granted)
    {
        (HttpStatusCode status, JsonObject answer) = await GetAsync($"{Service}&scope={Uri.EscapeDataString(asked)}", user);
        Assert.Equal((HttpStatusCode.OK, granted, 300), (status, (string)answer["scope"]!, (int)answer["expires_in"]!));
        Assert.Equal((string)answer["token"]!, (string)answer["access_token"]!);
        Assert.False(answer.ContainsKey("refresh_token"));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/v2/", (string)answer["token"]!)).StatusCode);
    }

    /// <summary>CVE-2026-31801, with CVE-2024-39897's mounts.</summary>
    [Fact]
    public async Task What_a_token_grants_is_what_the_registry_does()
    {
        string robot = await TokenAsync("robot", "repository:team/app:pull,push");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, "/v2/team/app/manifests/new", robot)).StatusCode);
        HttpResponseMessage refused = await SendAsync(HttpMethod.Put, "/v2/team/app/manifests/latest", robot);
        Assert.Equal((HttpStatusCode.Unauthorized, $"""Bearer realm="{app.Url}/token",service="test registry",scope="repository:team/app:pull,push",error="insufficient_scope" """.TrimEnd()),
            (refused.StatusCode, refused.Headers.NonValidated["WWW-Authenticate"].ToString()));
        string anna = await TokenAsync("anna", "repository:team/app:pull,push");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Put, "/v2/team/app/manifests/latest", anna)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Delete, "/v2/team/app/manifests/latest", anna)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/v2/team/other/manifests/latest", anna)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/v2/_catalog", anna)).StatusCode);
        HttpResponseMessage mount = await SendAsync(HttpMethod.Post, "/v2/team/app/blobs/uploads/?mount=sha256:0&from=team/secret", anna);
        Assert.Contains("scope=\"repository:team/app:pull,push repository:team/secret:pull\"", mount.Headers.NonValidated["WWW-Authenticate"].ToString(), StringComparison.Ordinal);
        string both = await TokenAsync("anna", "repository:team/app:pull,push repository:team/secret:pull");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Post, "/v2/team/app/blobs/uploads/?mount=sha256:0&from=team/secret", both)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/v2/_catalog", await TokenAsync("root", "registry:catalog:*"))).StatusCode);
        setup.Clock.Advance(TimeSpan.FromSeconds(361));
        Assert.Contains("error=\"invalid_token\"", (await SendAsync(HttpMethod.Get, "/v2/team/app/manifests/1", both)).Headers.NonValidated["WWW-Authenticate"].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("service=another", 400)]
    [InlineData("service=test%20registry&service=test%20registry", 400)]
    [InlineData("service=test%20registry&account=a&account=b", 400)]
    [InlineData("service=test%20registry&scope=%ff", 400)]
    [InlineData("service=test+registry", 200)]
    public async Task A_query_that_is_not_right(string query, int status)
    {
        (HttpStatusCode got, JsonObject answer) = await GetAsync(query, "");
        Assert.Equal((status, status == 400), ((int)got, answer.ContainsKey("error") && answer.ContainsKey("errors")));
    }

    [Theory]
    [InlineData("a=%zz")]
    [InlineData("a=%")]
    [InlineData("a=%4")]
    [InlineData("%c3=1")]
    [InlineData("a=%ed%a0%80")]
    public void A_form_that_is_none(string text) => Assert.Null(TokenForm.TryParse(text));

    [Fact]
    public void A_form_of_all_there_is()
    {
        TokenForm form = TokenForm.TryParse("&a=1+2&b&c=%C3%A9%3d%26&scope=x&scope=y&d==&")!;
        Assert.Equal(("1 2", "", "é=&", "=", null), (form.One("a"), form.One("b"), form.One("c"), form.One("d"), form.One("e")));
        Assert.Equal(["x", "y"], form.All("scope"));
        Assert.False(form.IsAmbiguous);
        Assert.True(TokenForm.TryParse("a=1&%61=2")!.IsAmbiguous);
    }

    [Fact]
    public async Task Too_much_is_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(Service + string.Concat(Enumerable.Range(0, 65).Select(i => $"&scope=repository:a{i}:pull")), "")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(Service + string.Concat(Enumerable.Range(0, 200).Select(i => $"&x{i}=")), "")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(("service", "test registry"), ("password", new string('x', 70_000)))).Status);
        using HttpRequestMessage json = new(HttpMethod.Post, "/token") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(json)).StatusCode);
    }

    [Theory]
    [InlineData("anna", "wrong")]
    [InlineData("nobody", "wrong")]
    [InlineData("anna", "")]
    public async Task A_wrong_password_is_refused_alike_whoever_it_is_of(string user, string password)
    {
        using HttpRequestMessage get = new(HttpMethod.Get, $"/token?{Service}&scope=repository:public/base:pull") { Headers = { Authorization = Basic(user, password) } };
        HttpResponseMessage answer = await client.SendAsync(get);
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic realm=\"registry\", charset=\"UTF-8\""), (answer.StatusCode, answer.Headers.NonValidated["WWW-Authenticate"].ToString()));
        Assert.Equal("""{"error":"invalid_client","error_description":"wrong name or password","errors":[{"code":"UNAUTHORIZED","message":"wrong name or password"}]}""", await answer.Content.ReadAsStringAsync());
        (HttpStatusCode status, JsonObject body) = await PostAsync(("grant_type", "password"), ("client_id", "test"), ("service", "test registry"), ("username", user), ("password", password));
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_grant"), (status, (string)body["error"]!));
    }

    [Fact]
    public async Task An_account_that_is_not_the_passwords_is_refused()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(Service + "&account=anna", "anna")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(Service + "&account=root", "anna")).Status);
    }

    [Fact]
    public async Task OAuth_2_with_a_password_and_with_a_refresh_token()
    {
        (HttpStatusCode status, JsonObject first) = await PostAsync(("grant_type", "password"), ("client_id", "test"), ("service", "test registry"), ("username", "anna"), ("password", TokenServerSetup.Password),
            ("access_type", "offline"), ("scope", "repository:team/app:pull,push repository:public/base:pull"));
        Assert.Equal((HttpStatusCode.OK, "repository:team/app:pull,push repository:public/base:pull"), (status, (string)first["scope"]!));
        string refresh = (string)first["refresh_token"]!;
        (status, JsonObject second) = await RefreshAsync(refresh);
        Assert.Equal((HttpStatusCode.OK, "repository:team/app:pull", refresh), (status, (string)second["scope"]!, (string)second["refresh_token"]!));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/v2/team/app/manifests/1", (string)second["access_token"]!)).StatusCode);
        // Neither is taken for the other.
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/v2/", refresh)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync((string)second["access_token"]!)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(refresh[..^1] + (refresh[^1] == 'A' ? 'Q' : 'A'))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync("")).Status);
    }

    [Fact]
    public async Task A_refresh_token_ends_with_its_time_its_password_and_its_user()
    {
        string before = await File.ReadAllTextAsync(setup.Folder.File("htpasswd"));
        string refresh = (string)(await GetAsync(Service + "&offline_token=true", "anna")).Answer["refresh_token"]!;
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(refresh)).Status);
        setup.Folder.Users(("anna", "another password"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(refresh)).Status);
        setup.Folder.Users(("bert", "b"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(refresh)).Status);
        setup.Folder.Write("htpasswd", before);
        Assert.Equal(HttpStatusCode.OK, (await RefreshAsync(refresh)).Status);
        setup.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(HttpStatusCode.Unauthorized, (await RefreshAsync(refresh)).Status);
        Assert.False((await GetAsync(Service + "&offline_token=true", "")).Answer.ContainsKey("refresh_token"));
    }

    [Theory]
    [InlineData("client_credentials", "unsupported_grant_type")]
    [InlineData("", "unsupported_grant_type")]
    public async Task Other_grants_are_not_known(string grant, string error)
    {
        (HttpStatusCode status, JsonObject answer) = await PostAsync(("grant_type", grant), ("client_id", "test"), ("service", "test registry"));
        Assert.Equal((HttpStatusCode.BadRequest, error), (status, (string)answer["error"]!));
        Assert.Equal("invalid_request", (string)(await PostAsync(("grant_type", "password"), ("service", "test registry"))).Answer["error"]!);
    }

    [Fact]
    public async Task Other_paths_and_methods()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/token/../token.key")).StatusCode);
        HttpResponseMessage put = await client.PutAsync("/token", null);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET, POST"), (put.StatusCode, string.Join(", ", put.Content.Headers.Allow)));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PostAsync("/jwks.json", null)).StatusCode);
    }

    [Fact]
    public async Task The_keys_are_published_and_are_public_alone()
    {
        HttpResponseMessage answer = await client.GetAsync("/jwks.json");
        JsonObject key = (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["keys"]![0]!;
        Assert.Equal("application/jwk-set+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["kty", "use", "alg", "kid", "crv", "x", "y"], key.Select(pair => pair.Key));
        Assert.Equal(setup.Key.Id, (string)key["kid"]!);
    }

    [Fact]
    public async Task Answers_with_tokens_are_kept_by_nobody()
    {
        HttpResponseMessage answer = await client.GetAsync("/token?" + Service);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public void The_key_is_made_once_and_read_by_its_owner_alone()
    {
        string path = setup.Folder.File("made.key");
        TokenSigningKey[] keys = new TokenSigningKey[8];
        Parallel.For(0, keys.Length, i => keys[i] = TokenSigningKey.LoadOrCreate(path));
        Assert.Single(keys.Select(key => key.Id).Distinct());
        Assert.Equal(Errno.None, Files.TryStatus(path, out FileStatus status));
        Assert.Equal(0b110_000_000u, status.Mode & 0xfff);
        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(setup.Folder.Path, ".*"));
        foreach (TokenSigningKey key in keys) key.Dispose();
        TestDirectory.SetMode(path, 0b100_000_100);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<KeelsonException>(() => TokenSigningKey.LoadOrCreate(path)).Kind);
    }

    [Fact]
    public void A_key_that_is_none_is_an_error_without_its_contents()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384), p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (string text in (string[])[rsa.ExportPkcs8PrivateKeyPem(), p384.ExportPkcs8PrivateKeyPem(), p256.ExportSubjectPublicKeyInfoPem(), "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg", "",
            p256.ExportEncryptedPkcs8PrivateKeyPem("password", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000))])
        {
            string path = setup.Folder.Write("wrong.key", text);
            TestDirectory.SetMode(path, 0b100_000_000);
            KeelsonException error = Assert.Throws<KeelsonException>(() => TokenSigningKey.LoadOrCreate(path));
            Assert.Equal($"read key {path}: it is not a private key of ECDSA on P-256 in PEM, without password", error.FullMessage);
            File.Delete(path);
        }
        string other = setup.Folder.File("other.key");
        using TokenSigningKey key = TokenSigningKey.LoadOrCreate(other);
        Assert.Contains("another key", Assert.Throws<KeelsonException>(() => key.LoadOrCreateCertificate(setup.CertificateFile)).Message, StringComparison.Ordinal);
    }

    /// <summary>CVE-2025-48374.</summary>
    [Fact]
    public async Task No_password_and_no_token_is_in_a_log_or_an_error()
    {
        string token = await TokenAsync("anna", "repository:team/app:pull");
        string refresh = (string)(await GetAsync(Service + "&offline_token=true", "anna")).Answer["refresh_token"]!;
        StringBuilder answers = new();
        foreach ((string user, string password) in ((string, string)[])[("anna", "hunter22"), ("hunter33", "hunter22")])
        {
            using HttpRequestMessage get = new(HttpMethod.Get, $"/token?{Service}") { Headers = { Authorization = Basic(user, password) } };
            answers.Append(await (await client.SendAsync(get)).Content.ReadAsStringAsync());
            answers.Append((await PostAsync(("grant_type", "password"), ("client_id", "test"), ("service", "test registry"), ("username", user), ("password", password))).Answer.ToJsonString());
        }
        answers.Append((await RefreshAsync(refresh + "x")).Answer.ToJsonString()).Append((await RefreshAsync("hunter22")).Answer.ToJsonString());
        answers.Append(await (await SendAsync(HttpMethod.Get, "/v2/team/app/manifests/1", token + "x")).Content.ReadAsStringAsync());
        answers.Append(await (await SendAsync(HttpMethod.Delete, "/v2/team/app/manifests/1", token)).Content.ReadAsStringAsync());
        setup.Folder.Write("htpasswd", "anna:hunter22\n");
        HttpResponseMessage later = await client.SendAsync(new(HttpMethod.Get, $"/token?{Service}") { Headers = { Authorization = Basic("anna", "hunter22") } });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"error":"temporarily_unavailable","error_description":"the token server cannot answer now","errors":[{"code":"UNAVAILABLE","message":"the token server cannot answer now"}]}"""),
            (later.StatusCode, await later.Content.ReadAsStringAsync()));
        string all = answers + setup.Log.Text;
        Assert.Contains("wrong name or password", setup.Log.Text, StringComparison.Ordinal);
        Assert.Contains("token for anna: repository:team/app:pull", setup.Log.Text, StringComparison.Ordinal);
        Assert.Contains("line 1: the password is not hashed by bcrypt", setup.Log.Text, StringComparison.Ordinal);
        foreach (string secret in (string[])[TokenServerSetup.Password, "hunter22", "hunter33", Convert.ToBase64String("anna:hunter22"u8), .. token.Split('.')[1..], .. refresh.Split('.')[1..]])
            Assert.DoesNotContain(secret, all, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> GetAsync(string query, string user)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/token?" + query);
        if (user.Length > 0) request.Headers.Authorization = Basic(user, user switch { "anna" => TokenServerSetup.Password, "robot" => TokenServerSetup.RobotPassword, _ => "root's password" });
        return await ReadAsync(await client.SendAsync(request));
    }

    private async Task<string> TokenAsync(string user, string scope) => (string)(await GetAsync($"{Service}&scope={Uri.EscapeDataString(scope)}", user)).Answer["token"]!;

    private Task<(HttpStatusCode Status, JsonObject Answer)> RefreshAsync(string token) =>
        PostAsync(("grant_type", "refresh_token"), ("client_id", "test"), ("service", "test registry"), ("refresh_token", token), ("scope", "repository:team/app:pull"));

    private async Task<(HttpStatusCode Status, JsonObject Answer)> PostAsync(params (string Name, string Value)[] fields)
    {
        using FormUrlEncodedContent form = new(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value)));
        return await ReadAsync(await client.PostAsync("/token", form));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string token)
    {
        using HttpRequestMessage request = new(method, path) { Headers = { Authorization = new("Bearer", token) } };
        return await client.SendAsync(request);
    }

    private static async Task<(HttpStatusCode, JsonObject)> ReadAsync(HttpResponseMessage answer) => (answer.StatusCode, (JsonObject)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);

    private static AuthenticationHeaderValue Basic(string user, string password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)));
}
