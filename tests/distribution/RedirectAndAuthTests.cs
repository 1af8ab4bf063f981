using System.Text;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Who is shown what: credentials go to the registry and its own token server, and nowhere else.</summary>
public sealed class RedirectAndAuthTests
{
    private readonly TestImage image = TestImage.Make(100_000);
    private readonly OciLayout layout = Clients.NewLayout();

    [Fact]
    public async Task A_redirect_to_another_host_is_followed_without_authorization()
    {
        await using ImageServer store = new(image);
        await using ImageServer server = new(image);
        server.Fault = async (request, peer, _) =>
        {
            if (request.Header("Authorization") is null) await peer.AnswerAsync(401, ("WWW-Authenticate", "Basic realm=\"x\""));
            else if (server.IsLayer(request)) await peer.AnswerAsync(307, ("Location", $"http://{store.Name}{request.Target}?signature=secret"));
            else return false;
            return true;
        };
        await PullAsync(server, Clients.Impatient with { Credentials = Clients.User(server.Name, "user", "secret") });
        await image.AssertInAsync(layout);
        Assert.All(store.Requests, request => Assert.Null(request.Header("Authorization")));
        Assert.Single(store.Requests);
    }

    [Fact]
    public async Task Redirects_without_end_and_to_other_schemes_are_refused()
    {
        await using RawServer endless = new((request, peer, _) => peer.AnswerAsync(302, ("Location", request.Target + "x")));
        await using RawServer file = new((_, peer, _) => peer.AnswerAsync(302, ("Location", "file:///etc/passwd")));
        using RegistryClient client = new(Clients.Impatient);
        foreach (RawServer server in (RawServer[])[endless, file])
            Assert.Contains("redirect", (await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync(server.Name))).Message, StringComparison.Ordinal);
        Assert.InRange(endless.Requests.Count, 2, 10);
    }

    [Theory]
    [InlineData("https://registry.example/", "https://cdn.example/", true)]
    [InlineData("https://registry.example/", "https://10.0.0.1/", true)]
    [InlineData("https://registry.example/", "https://127.0.0.1/", false)]
    [InlineData("https://registry.example/", "https://localhost:5000/", false)]
    [InlineData("https://registry.example/", "https://[::1]/", false)]
    [InlineData("https://registry.example/", "https://[::ffff:127.0.0.1]/", false)]
    [InlineData("https://registry.example/", "https://0.0.0.0/", false)]
    [InlineData("https://registry.example/", "https://[fe80::1]/", false)]
    [InlineData("http://127.0.0.1:5000/", "http://localhost:5001/", true)]
    [InlineData("http://127.0.0.1:5000/", "http://169.254.169.254/", false)]
    public void A_redirect_to_this_machine_or_its_link_is_not_followed(string registry, string next, bool isFollowed) =>
        Assert.Equal(isFollowed, RedirectTrust.MayFollow(new(registry), new(next)));

    [Fact]
    public async Task A_bearer_token_is_fetched_once_for_a_scope_with_name_and_password_and_then_used()
    {
        await using ImageServer server = new(image);
        server.Fault = TokenServer(server, () => server.Name);
        await PullAsync(server, Clients.Impatient with { Credentials = Clients.User(server.Name, "user", "secret") });
        await image.AssertInAsync(layout);
        Request token = Assert.Single(server.Of("GET", "/token"));
        Assert.Contains("service=registry.test&scope=repository%3Aapp%3Apull", token.Target, StringComparison.Ordinal);
        Assert.Equal("Basic " + Convert.ToBase64String("user:secret"u8), token.Header("Authorization"));
    }

    [Fact]
    public async Task An_identity_token_is_posted_and_never_in_a_URL()
    {
        await using ImageServer server = new(image);
        server.Fault = TokenServer(server, () => server.Name);
        await PullAsync(server, Clients.Impatient with { Credentials = new FixedCredentials(new Dictionary<string, RegistryCredential> { [server.Name] = new() { IdentityToken = "refresh/me" } }) });
        Request token = Assert.Single(server.Of("POST", "/token"));
        Assert.Contains("grant_type=refresh_token&refresh_token=refresh%2Fme", Encoding.UTF8.GetString(token.Body), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, request => request.Target.Contains("refresh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_server_of_another_domain_is_not_shown_the_credential_CVE_2026_33540()
    {
        await using ImageServer server = new(image);
        server.Fault = TokenServer(server, () => server.Name.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        await PullAsync(server, Clients.Impatient with { Credentials = Clients.User(server.Name, "user", "secret") });
        await image.AssertInAsync(layout);
        Assert.Null(Assert.Single(server.Of("GET", "/token")).Header("Authorization"));
    }

    [Fact]
    public async Task A_token_server_that_the_caller_trusts_is_shown_the_credential()
    {
        await using ImageServer server = new(image);
        server.Fault = TokenServer(server, () => server.Name.Replace("127.0.0.1", "localhost", StringComparison.Ordinal));
        await PullAsync(server, Clients.Impatient with { Credentials = Clients.User(server.Name, "user", "secret"), TrustedRealms = new HashSet<string> { "localhost" } });
        Assert.NotNull(Assert.Single(server.Of("GET", "/token")).Header("Authorization"));
    }

    [Fact]
    public async Task A_token_that_is_no_longer_taken_is_fetched_anew()
    {
        await using ImageServer server = new(image);
        bool hasExpired = false;
        Func<Request, Peer, CancellationToken, Task<bool>> tokens = TokenServer(server, () => server.Name);
        server.Fault = async (request, peer, stop) =>
        {
            if (!server.IsLayer(request) || hasExpired) return await tokens(request, peer, stop);
            hasExpired = true;
            await peer.AnswerAsync(401, ("WWW-Authenticate", $"Bearer realm=\"http://{server.Name}/token\",service=\"registry.test\",error=\"invalid_token\""));
            return true;
        };
        await PullAsync(server, Clients.Impatient);
        await image.AssertInAsync(layout);
        Assert.Equal(2, server.Of("GET", "/token").Count());
    }

    [Fact]
    public async Task Many_requests_at_once_fetch_one_token()
    {
        await using ImageServer server = new(image);
        server.Fault = TokenServer(server, () => server.Name);
        using RegistryClient client = new(Clients.Impatient);
        await client.ResolveAsync(server.Reference.WithTag("1"));
        server.Requests.Clear();
        RepositoryName other = new(server.Name, "other");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.HasBlobAsync(other, image.LayerDigest(0))));
        Assert.Single(server.Of("GET", "/token"));
    }

    [Fact]
    public async Task A_refused_password_is_shown_once_and_is_not_in_the_error()
    {
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(401, ("WWW-Authenticate", "Basic realm=\"x\"")));
        List<string> said = [];
        using RegistryClient client = new(Clients.Impatient with { Credentials = Clients.User(server.Name, "user", "hunter2"), Warn = said.Add });
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(() => client.PingAsync(server.Name));
        Assert.Equal((ErrorKind.PermissionDenied, 2), (e.Kind, server.Requests.Count));
        Assert.DoesNotContain("hunter2", e + string.Concat(said), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", new RegistryCredential { Username = "user", Password = "hunter2", IdentityToken = "hunter2" }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warning_of_the_registry_reaches_the_caller()
    {
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(200, ("Warning", "299 - \"this repository goes away\"")));
        List<string> said = [];
        using RegistryClient client = new(Clients.Impatient with { Warn = said.Add });
        await client.PingAsync(server.Name);
        Assert.Contains("this repository goes away", Assert.Single(said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registry-1.docker.io", "auth.docker.io", true)]
    [InlineData("registry.gitlab.com", "gitlab.com", true)]
    [InlineData("ghcr.io", "ghcr.io", true)]
    [InlineData("ghcr.io", "evil.io", false)]
    [InlineData("registry.example.com", "example.com.evil.org", false)]
    [InlineData("registry.example.com", "notexample.com", false)]
    [InlineData("registry.example.co.uk", "auth.example.co.uk", true)]
    [InlineData("registry.example.co.uk", "evil.co.uk", false)]
    [InlineData("example.co.uk", "evil.co.uk", false)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    public void Only_a_token_server_of_the_same_domain_is_trusted(string registry, string realm, bool isTrusted)
    {
        HashSet<string> none = [];
        Assert.Equal(isTrusted, RealmTrust.MayHaveCredential(new Uri($"https://{registry}/v2/"), new Uri($"https://{realm}/token"), none));
        Assert.False(RealmTrust.MayHaveCredential(new Uri($"https://{registry}/v2/"), new Uri($"http://{registry}/token"), none));
    }

    /// <summary>Wants a bearer token, and gives it to anyone who asks.</summary>
    private static Func<Request, Peer, CancellationToken, Task<bool>> TokenServer(ImageServer server, Func<string> realm) => async (request, peer, _) =>
    {
        if (request.Path == "/token") await peer.AnswerAsync(200, """{"token":"the-token","expires_in":300}"""u8.ToArray());
        else if (request.Header("Authorization") != "Bearer the-token")
            await peer.AnswerAsync(401, ("WWW-Authenticate", $"Bearer realm=\"http://{realm()}/token\",service=\"registry.test\",scope=\"repository:app:pull\""));
        else return false;
        return true;
    };

    private async Task PullAsync(ImageServer server, RegistryClientOptions options)
    {
        using RegistryClient client = new(options);
        using ImagePuller puller = new(client, layout, new PullOptions { Platform = TestImage.Any });
        await puller.PullAsync(server.Reference);
    }
}
