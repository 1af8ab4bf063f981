using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Keelson.Oci;
using Keelson.Registry.Auth;

namespace Keelson.Registry.Tests.Auth;

/// <summary>Our registry asks our authorizers.</summary>
public sealed class RegistryAccessTests : IAsyncLifetime
{
    private static readonly AccessRules Rules = AccessRules.Parse("""
        {
          "repositories": {
            "team/**": { "policies": [{ "users": ["anna"], "actions": ["pull", "push", "delete"] }, { "users": ["robot"], "actions": ["pull", "create"] }] },
            "secret/**": { "policies": [{ "users": ["anna"], "actions": ["*"] }] },
            "public/**": { "anonymousPolicy": ["pull"], "policies": [{ "users": ["anna", "robot"], "actions": ["push"] }] }
          },
          "immutableTags": [{ "repositories": ["team/**"], "tags": ["v*"] }]
        }
        """u8);

    private readonly Folder folder = new();
    private readonly TokenServerSetup setup = new();
    private readonly List<HttpClient> clients = [];
    private AuthApp app = null!;
    private HtpasswdFile users = null!;

    public async ValueTask InitializeAsync()
    {
        users = new(folder.Users(("anna", "a"), ("robot", "r")));
        app = await AuthApp.StartAsync();
        app.Tokens = new TokenServer(setup.Options);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in clients) client.Dispose();
        await app.DisposeAsync();
        users.Dispose();
        setup.Dispose();
        folder.Dispose();
    }

    /// <summary>CVE-2026-31801.</summary>
    [Fact]
    public async Task Who_may_create_adds_tags_and_moves_none()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        (HttpClient anna, HttpClient robot) = (Client(registry, "anna", "a"), Client(registry, "robot", "r"));
        byte[] first = await anna.PushImageAsync("team/app", "latest");
        byte[] second = await robot.PushImageAsync("team/app", "new");
        Assert.Equal(HttpStatusCode.Forbidden, (await robot.PutManifestAsync("team/app", "latest", second)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await robot.PutManifestAsync("team/app", Digest.Of(second) + "?tag=latest", second)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await robot.DeleteAsync("/v2/team/app/manifests/latest")).StatusCode);
        Assert.Equal(first, await anna.GetByteArrayAsync("/v2/team/app/manifests/latest"));
        Assert.Equal(HttpStatusCode.Created, (await anna.PutManifestAsync("team/app", "latest", second)).StatusCode);
        Assert.Equal(second, await robot.GetByteArrayAsync("/v2/team/app/manifests/latest"));
        Assert.Equal(HttpStatusCode.Accepted, (await anna.DeleteAsync("/v2/team/app/manifests/latest")).StatusCode);
    }

    /// <summary>CVE-2024-39897.</summary>
    [Fact]
    public async Task A_blob_that_one_may_not_read_is_neither_read_nor_mounted()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        (HttpClient anna, HttpClient robot) = (Client(registry, "anna", "a"), Client(registry, "robot", "r"));
        Digest secret = await anna.PushBlobAsync("secret/app", Pushes.Random()), known = await anna.PushBlobAsync("team/base", Pushes.Random());
        Assert.Equal(HttpStatusCode.Forbidden, (await robot.GetAsync($"/v2/secret/app/blobs/{secret}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await robot.GetAsync($"/v2/team/base/blobs/{secret}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await robot.PostAsync($"/v2/public/app/blobs/uploads/?mount={secret}&from=secret/app", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await robot.PostAsync($"/v2/public/app/blobs/uploads/?mount={secret}", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await robot.GetAsync($"/v2/public/app/blobs/{secret}")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await robot.PostAsync($"/v2/public/app/blobs/uploads/?mount={known}&from=team/base", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client(registry).GetAsync($"/v2/public/app/blobs/{known}")).StatusCode);
    }

    [Fact]
    public async Task Without_a_name_one_pulls_what_is_public_and_is_asked_for_a_name_otherwise()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        HttpClient anna = Client(registry, "anna", "a"), nobody = Client(registry), wrong = Client(registry, "anna", "x");
        byte[] image = await anna.PushImageAsync("public/app", "1");
        await anna.PushImageAsync("team/app", "1");
        Assert.Equal(image, await nobody.GetByteArrayAsync("/v2/public/app/manifests/1"));
        HttpResponseMessage refused = await nobody.GetAsync("/v2/team/app/manifests/1");
        Assert.Equal((HttpStatusCode.Unauthorized, "Basic realm=\"test\", charset=\"UTF-8\""), (refused.StatusCode, refused.Headers.NonValidated["WWW-Authenticate"].ToString()));
        Assert.Equal("UNAUTHORIZED", (string)JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["errors"]![0]!["code"]!);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PutManifestAsync("public/app", "2", image)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await wrong.GetAsync("/v2/public/app/manifests/1")).StatusCode);
        HttpResponseMessage denied = await Client(registry, "robot", "r").GetAsync("/v2/secret/app/manifests/1");
        Assert.Equal((HttpStatusCode.Forbidden, "DENIED"), (denied.StatusCode, (string)JsonNode.Parse(await denied.Content.ReadAsStringAsync())!["errors"]![0]!["code"]!));
    }

    [Fact]
    public async Task An_immutable_tag_is_neither_moved_nor_removed_whoever_asks()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        HttpClient anna = Client(registry, "anna", "a");
        byte[] first = await anna.PushImageAsync("team/app", "v1"), second = await anna.PushImageAsync("team/app", "latest");
        HttpResponseMessage[] refused =
        [
            await anna.PutManifestAsync("team/app", "v1", second), await anna.PutManifestAsync("team/app", Digest.Of(second) + "?tag=v1", second),
            await anna.DeleteAsync("/v2/team/app/manifests/v1"), await anna.DeleteAsync("/v2/team/app/manifests/" + Digest.Of(first)),
        ];
        foreach (HttpResponseMessage answer in refused) Assert.Equal("the tag is immutable", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!["message"]!);
        Assert.Equal(first, await anna.GetByteArrayAsync("/v2/team/app/manifests/v1"));
        Assert.Equal(HttpStatusCode.Created, (await anna.PutManifestAsync("team/app", "v1", first)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await anna.PutManifestAsync("team/app", "latest", first)).StatusCode);
    }

    [Fact]
    public async Task The_catalog_lists_what_one_may_see_in_full_pages()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        HttpClient anna = Client(registry, "anna", "a");
        foreach (string name in (string[])["public/a", "secret/b", "team/c", "secret/d", "team/e"]) await anna.PushImageAsync(name, "1");
        Assert.Equal(["public/a", "secret/b", "secret/d", "team/c", "team/e"], await Catalog(anna, ""));
        Assert.Equal(["public/a", "team/c", "team/e"], await Catalog(Client(registry, "robot", "r"), ""));
        Assert.Equal(["public/a", "team/c"], await Catalog(Client(registry, "robot", "r"), "?n=2"));
        Assert.Equal(["public/a"], await Catalog(Client(registry), ""));

        static async Task<string[]> Catalog(HttpClient client, string query) =>
            [.. JsonNode.Parse(await client.GetStringAsync("/v2/_catalog" + query))!["repositories"]!.AsArray().Select(name => (string)name!)];
    }

    [Fact]
    public async Task A_file_of_users_that_cannot_be_read_is_503_and_says_nothing_of_it()
    {
        await using KeelsonRegistry registry = await WithPasswordsAsync();
        HttpClient anna = Client(registry, "anna", "a");
        Assert.Equal(HttpStatusCode.OK, (await anna.GetAsync("/v2/")).StatusCode);
        folder.Write("htpasswd", "anna:a\n");
        HttpResponseMessage answer = await anna.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.DoesNotContain("htpasswd", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [ProgramFact("skopeo")]
    public async Task Skopeo_pushes_and_pulls_with_tokens()
    {
        await using KeelsonRegistry registry = await KeelsonRegistry.StartAsync(options: new() { AllowsDelete = true, Authorizer = new TokenAuthorizer(setup.Trusting(app.Url + "/token")) });
        string anna = "anna:" + TokenServerSetup.Password, robot = "robot:" + TokenServerSetup.RobotPassword;
        SmallImage one = new(folder, "one"), two = new(folder, "two");
        Skopeo("copy", "--dest-creds", anna, one.Place, $"docker://{registry.Name}/team/app:1").Succeeds();
        // A right that only our registry knows: a new tag, and none that is there.
        Skopeo("copy", "--dest-creds", robot, two.Place, $"docker://{registry.Name}/team/app:2").Succeeds();
        Skopeo("copy", "--dest-creds", robot, two.Place, $"docker://{registry.Name}/team/app:1").Fails("the token does not grant that");
        Skopeo("copy", "--dest-creds", anna, two.Place, $"docker://{registry.Name}/team/app:1").Succeeds();
        string digest = Inspect(anna, "team/app:2");
        Assert.Equal(digest, Inspect(robot, "team/app:1"));
        Skopeo("copy", "--src-creds", anna, "--dest-creds", anna, $"docker://{registry.Name}/team/app:1", $"docker://{registry.Name}/public/app:1").Succeeds();
        Assert.Equal(digest, Skopeo("inspect", "--no-creds", "--format", "{{.Digest}}", $"docker://{registry.Name}/public/app:1").Succeeds().Text);
        Skopeo("inspect", "--no-creds", $"docker://{registry.Name}/team/app:1").Fails("denied");
        Assert.Equal(digest, Skopeo("inspect", "--authfile", await RefreshTokenAsync(registry, anna), "--format", "{{.Digest}}", $"docker://{registry.Name}/team/app:1").Succeeds().Text);
        Assert.Contains("POST /token 200", app.Requests);
        Skopeo("delete", "--creds", robot, $"docker://{registry.Name}/team/app:1").Fails("the token does not grant that");
        Skopeo("delete", "--creds", anna, $"docker://{registry.Name}/team/app:1").Succeeds();

        string Inspect(string credentials, string name) => Skopeo("inspect", "--creds", credentials, "--format", "{{.Digest}}", $"docker://{registry.Name}/{name}").Succeeds().Text;
    }

    /// <summary>A file of credentials as <c>docker login</c> leaves it behind: a refresh token and no password.</summary>
    private async Task<string> RefreshTokenAsync(KeelsonRegistry registry, string credentials)
    {
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
        string token = (string)JsonNode.Parse(await client.GetStringAsync(app.Url + "/token?service=test+registry&offline_token=true"))!["refresh_token"]!;
        JsonObject kept = new() { ["auth"] = Convert.ToBase64String("anna:"u8), ["identitytoken"] = token };
        return folder.Write("auth.json", new JsonObject { ["auths"] = new JsonObject { [registry.Name] = kept } }.ToJsonString());
    }

    private CommandResult Skopeo(string command, params IReadOnlyList<string> arguments) => SmallImage.Skopeo(folder, command, arguments);

    private Task<KeelsonRegistry> WithPasswordsAsync() =>
        KeelsonRegistry.StartAsync(options: new() { AllowsDelete = true, Authorizer = new RuleAuthorizer(new BasicIdentitySource(users, "test"), Rules), IsImmutable = Rules.IsImmutable });

    private HttpClient Client(KeelsonRegistry registry, string? user = null, string password = "")
    {
        HttpClient client = registry.Client();
        clients.Add(client);
        if (user is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + password)));
        return client;
    }
}
