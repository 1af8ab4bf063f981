using System.Net;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Tags of an upstream: how they follow it, and what is served when it is not there.</summary>
public sealed class TagRefreshTests : UpstreamTest
{
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_tag_is_asked_for_again_after_its_lifetime_with_a_HEAD()
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        await GetAsync($"{Repository}/manifests/1");
        Assert.Equal((1, 0), (Proxy.Count("GET", "/manifests/"), Proxy.Count("HEAD", "/manifests/")));
        Clock.Advance(Later);
        for (int i = 0; i < 2; i++) Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal((1, 1), (Proxy.Count("GET", "/manifests/"), Proxy.Count("HEAD", "/manifests/")));
    }

    [Fact]
    public async Task A_tag_that_is_to_be_asked_for_always_is()
    {
        await PublishAsync();
        await RestartAsync(Options with { TagLifetime = TimeSpan.Zero });
        for (int i = 0; i < 3; i++) await GetAsync($"{Repository}/manifests/1");
        Assert.Equal((1, 2), (Proxy.Count("GET", "/manifests/"), Proxy.Count("HEAD", "/manifests/")));
    }

    [Fact]
    public async Task A_tag_moves_when_it_has_moved_there_and_back()
    {
        byte[] first = await PublishAsync();
        Assert.Equal(first, await GetAsync($"{Repository}/manifests/1"));
        byte[] second = await PublishAsync();
        Assert.Equal(first, await GetAsync($"{Repository}/manifests/1"));
        Clock.Advance(Later);
        Assert.Equal(second, await GetAsync($"{Repository}/manifests/1"));
        using (HttpResponseMessage moved = await Source.PutManifestAsync(Repository, "1", first)) Assert.Equal(HttpStatusCode.Created, moved.StatusCode);
        Clock.Advance(Later);
        Assert.Equal(first, await GetAsync($"{Repository}/manifests/1"));
        // The manifest was here; the tag alone had to be asked for.
        Assert.Equal(2, Proxy.Count("GET", "/manifests/"));
    }

    [Theory, InlineData(0), InlineData(500), InlineData(502), InlineData(503), InlineData(429)]
    public async Task When_the_upstream_does_not_answer_the_copy_is_served_with_a_warning(int status)
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        Clock.Advance(Later);
        Answers(status);
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Head])
        {
            using HttpResponseMessage answer = await Client.SendAsync(new(method, $"/v2/{Repository}/manifests/1"));
            Assert.Equal((HttpStatusCode.OK, manifest.Length), (answer.StatusCode, answer.Content.Headers.ContentLength));
            Assert.StartsWith("299 - \"upstream test does not answer", Assert.Single(answer.Headers.NonValidated["Warning"]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_upstream_that_does_not_answer_is_left_alone_for_a_while()
    {
        await PublishAsync();
        await PublishAsync("2");
        foreach (string tag in (string[])["1", "2"]) await GetAsync($"{Repository}/manifests/{tag}");
        Clock.Advance(Later);
        Proxy.IsDown = true;
        await GetAsync($"{Repository}/manifests/1");
        int asked = Proxy.Total;
        foreach (string tag in (string[])["1", "2"]) await GetAsync($"{Repository}/manifests/{tag}");
        Assert.Equal(asked, Proxy.Total);

        byte[] moved = await PublishAsync("2");
        Proxy.IsDown = false;
        Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(moved, await GetAsync($"{Repository}/manifests/2"));
        Assert.Contains("does not answer", Log.Text, StringComparison.Ordinal);
        Assert.Contains("answers again", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_is_gone_there_goes_here()
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        using (HttpResponseMessage deleted = await Source.DeleteAsync($"/v2/{Repository}/manifests/1")) Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Clock.Advance(Later);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        Proxy.IsDown = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/manifests/1"));
        // By its digest it is what it was.
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/{Digest.Of(manifest)}"));
    }

    [Theory, InlineData(401), InlineData(403)]
    public async Task A_tag_that_may_not_be_seen_there_is_not_shown_here_until_it_may(int status)
    {
        byte[] manifest = await PublishAsync();
        await GetAsync($"{Repository}/manifests/1");
        Clock.Advance(Later);
        Answers(status);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        Proxy.Fault = null;
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Contains("refuses", Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tag_that_is_immutable_here_stays_when_it_moves_there()
    {
        byte[] manifest = await PublishAsync();
        await RestartAsync(new RegistryOptions { Upstreams = [Options], IsImmutable = (_, tag) => tag == "1" }, null);
        await GetAsync($"{Repository}/manifests/1");
        await PublishAsync();
        Clock.Advance(Later);
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(1, Proxy.Total);
    }

    /// <summary>Has the upstream answer so; 0: not at all.</summary>
    private void Answers(int status)
    {
        if (status == 0) Proxy.IsDown = true;
        else
            Proxy.Fault = http =>
            {
                http.Response.StatusCode = status;
                http.Response.ContentLength = 0;
                return Task.FromResult(true);
            };
    }
}
