using System.Net;
using System.Text.Json;
using Keelson.Registry.Auth;
using Keelson.Registry.Storage;
using Keelson.Registry.Tests.Auth;

namespace Keelson.Registry.Tests.Browse;

/// <summary>Requests of the API for people and pages that ask for more than they may.</summary>
public sealed class BrowseAttackTests : IAsyncLifetime
{
    private readonly Folder folder = new();
    private readonly MemoryDriver store = new();
    private HtpasswdFile users = null!;
    private KeelsonRegistry registry = null!;
    private HttpClient nobody = null!, reader = null!, owner = null!;

    public async ValueTask InitializeAsync()
    {
        users = new(folder.Users(("reader", "r"), ("owner", "o")));
        AccessRules rules = AccessRules.Parse("""
            {"repositories":{"team/**":{"policies":[{"users":["reader"],"actions":["pull"]},{"users":["owner"],"actions":["*"]}]},
                             "listed":{"policies":[{"users":["reader"],"actions":["catalog"]},{"users":["owner"],"actions":["*"]}]},
                             "**":{"policies":[{"users":["owner"],"actions":["*"]}]},
                             "public/**":{"policies":[{"users":["owner"],"actions":["*"]}],"anonymousPolicy":["pull"]}}}
            """u8);
        registry = await KeelsonRegistry.StartAsync(store, new RegistryOptions { AllowsDelete = true, PageLimit = 10, Authorizer = new RuleAuthorizer(new BasicIdentitySource(users, "r"), rules) });
        (nobody, reader, owner) = (registry.Client(), Client("reader:r"), Client("owner:o"));
        foreach (string name in (string[])["team/app", "listed", "secret", "public/app"]) await owner.PushImageAsync(name, "1");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in (HttpClient[])[nobody, reader, owner]) client.Dispose();
        await registry.DisposeAsync();
        users.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_list_names_what_one_may_see_alone()
    {
        Assert.Equal("public/app", await NamesAsync(nobody));
        Assert.Equal("listed public/app team/app", await NamesAsync(reader));
        Assert.Equal("listed public/app secret team/app", await NamesAsync(owner));
        Assert.Equal("", await NamesAsync(reader, "?search=secret"));
    }

    [Theory]
    [InlineData("repositories/secret")]
    [InlineData("tags/secret")]
    [InlineData("images/secret:1")]
    [InlineData("repositories/listed")]
    [InlineData("tags/listed")]
    [InlineData("images/listed:1")]
    [InlineData("images/not/there:1")]
    public async Task Without_the_right_to_pull_nothing_is_told(string path)
    {
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (await nobody.HeadAsync("/keelson/v1/" + path), await reader.HeadAsync("/keelson/v1/" + path)));
    }

    [Theory]
    [InlineData("team/app")]
    [InlineData("secret")]
    [InlineData("public/app")]
    public async Task Without_the_right_to_delete_nothing_goes(string repository)
    {
        using HttpResponseMessage one = await nobody.DeleteAsync($"/keelson/v1/repositories/{repository}"), two = await reader.DeleteAsync($"/keelson/v1/repositories/{repository}");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden), (one.StatusCode, two.StatusCode));
        Assert.True(one.Headers.WwwAuthenticate.Count > 0);
        Assert.Equal(HttpStatusCode.OK, await owner.HeadAsync($"/v2/{repository}/manifests/1"));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Where_deleting_is_off_or_nothing_may_change_no_repository_goes(bool allowsDelete, bool isReadOnly)
    {
        await using KeelsonRegistry closed = await KeelsonRegistry.StartAsync(new MemoryDriver(), new RegistryOptions { AllowsDelete = allowsDelete, IsReadOnly = isReadOnly });
        using HttpClient client = closed.Client();
        using HttpResponseMessage answer = await client.DeleteAsync("/keelson/v1/repositories/team/app");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Theory]
    [InlineData("repositories/../../v2/_catalog")]
    [InlineData("repositories/..%2f..%2fblobs")]
    [InlineData("repositories/team%2fapp")]
    [InlineData("repositories/team/app/_manifests")]
    [InlineData("repositories/Team/App")]
    [InlineData("repositories/%00")]
    [InlineData("tags/.keelson/pulls")]
    [InlineData("tags/")]
    [InlineData("images/team/app")]
    [InlineData("images/team/app:..")]
    [InlineData("images/team/app:1/2")]
    [InlineData("images/team/app@sha256:12")]
    [InlineData("images/team/app@1@2:3")]
    [InlineData("other")]
    [InlineData("")]
    public async Task A_name_that_is_none_is_refused(string path)
    {
        HttpStatusCode get = await SendAsync(HttpMethod.Get, path), delete = await SendAsync(HttpMethod.Delete, path);
        Assert.True(get is HttpStatusCode.BadRequest or HttpStatusCode.NotFound && delete is HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed, $"{get} {delete}");
        Assert.Equal("listed public/app secret team/app", await NamesAsync(owner));
    }

    [Theory]
    [InlineData("POST", "repositories")]
    [InlineData("DELETE", "repositories")]
    [InlineData("PUT", "repositories/team/app")]
    [InlineData("DELETE", "tags/team/app")]
    [InlineData("DELETE", "images/team/app:1")]
    public async Task Methods_that_are_not_taken_are_told(string method, string path)
    {
        using HttpResponseMessage answer = await owner.SendAsync(new(new HttpMethod(method), "/keelson/v1/" + path));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.NotEmpty(answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("2147483647", 10)]
    [InlineData("2147483648", null)]
    [InlineData("-1", null)]
    [InlineData("x", null)]
    public async Task A_page_is_of_a_limited_length(string n, int? count)
    {
        byte[] image = await owner.PushImageAsync("many", "0");
        for (int i = 1; i < 12; i++)
        {
            (await owner.PutManifestAsync("many", $"{i}", image)).Dispose();
            await owner.PushImageAsync($"many/{i}", "1");
        }
        foreach ((string path, string list) in ((string, string)[])[("repositories", "repositories"), ("tags/many", "tags")])
        {
            using HttpResponseMessage answer = await owner.GetAsync($"/keelson/v1/{path}?n={n}");
            Assert.Equal(count is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.StatusCode);
            if (count is null) continue;
            using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(count, document.RootElement.GetProperty(list).GetArrayLength());
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_gets_nothing()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/keelson/v1/repositories");
        request.Headers.Add("Origin", "http://evil.example");
        using HttpResponseMessage answer = await owner.SendAsync(request);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(("nosniff", "no-store"), (Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")), answer.Headers.CacheControl!.ToString()));
    }

    private async Task<HttpStatusCode> SendAsync(HttpMethod method, string path)
    {
        using HttpRequestMessage request = new(method, new Uri($"http://{registry.Name}/keelson/v1/{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        using HttpResponseMessage answer = await owner.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<string> NamesAsync(HttpClient client, string query = "")
    {
        using JsonDocument document = JsonDocument.Parse(await client.GetStringAsync("/keelson/v1/repositories" + query));
        return string.Join(' ', document.RootElement.GetProperty("repositories").EnumerateArray().Select(repository => repository.GetProperty("name").GetString()));
    }

    private HttpClient Client(string credentials)
    {
        HttpClient client = registry.Client();
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(credentials)));
        return client;
    }
}
