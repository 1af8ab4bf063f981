using System.Net;
using Keelson.Oci;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Which repository comes from which upstream, and lists of both sides.</summary>
public sealed class RouteTests : UpstreamTest
{
    [Fact]
    public async Task The_longest_prefix_decides_and_is_rewritten()
    {
        KeelsonRegistry second = Keep(await KeelsonRegistry.StartAsync());
        CountingProxy other = Keep(await CountingProxy.StartAsync(second.Name));
        using HttpClient source = second.Client();
        byte[] hub = await source.PushImageAsync("library/app", "1"), deep = await PublishAsync(repository: "special/app"), rest = await PublishAsync(repository: "hubert/app");
        await RestartAsync(Options, Impatient(other.Address) with { Name = "hub", Prefix = "hub", RemotePrefix = "library" }, Options with { Name = "deep", Prefix = "hub/deep/", RemotePrefix = "special/" });
        Assert.Equal(hub, await GetAsync("hub/app/manifests/1"));
        Assert.Equal(deep, await GetAsync("hub/deep/app/manifests/1"));
        Assert.Equal(rest, await GetAsync("hubert/app/manifests/1"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("hub/manifests/1"));
        Assert.Equal(["/v2/library/app/manifests/1"], other.Requests.Select(request => request.Target));
        Assert.Equal(["/v2/special/app/manifests/1", "/v2/hubert/app/manifests/1", "/v2/hub/manifests/1"], Proxy.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task A_repository_without_an_upstream_is_our_own()
    {
        await RestartAsync(Options with { Prefix = "hub/" });
        await PublishAsync();
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1"));
        byte[] own = await Client.PushImageAsync(Repository, "1");
        Assert.Equal(own, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(0, Proxy.Total);
    }

    [Fact]
    public async Task A_request_that_names_the_registry_it_is_for_goes_to_the_upstream_that_stands_for_it()
    {
        KeelsonRegistry second = Keep(await KeelsonRegistry.StartAsync());
        CountingProxy other = Keep(await CountingProxy.StartAsync(second.Name));
        using HttpClient source = second.Client();
        byte[] docker = await PublishAsync(), quay = await source.PushImageAsync(Repository, "1");
        await RestartAsync(Options with { Namespaces = ["docker.io"] }, Impatient(other.Address) with { Name = "quay", Prefix = "quay/", Namespaces = ["quay.io"] });
        Assert.Equal(docker, await GetAsync($"{Repository}/manifests/1?ns=docker.io"));
        Assert.Equal(quay, await GetAsync($"{Repository}/manifests/1?ns=quay.io"));
        foreach (Digest blob in Blobs(quay)) Assert.Equal(blob, Digest.Of(await GetAsync($"{Repository}/blobs/{blob}?ns=quay.io")));
        Assert.Equal(["1"], Texts(await GetAsync($"{Repository}/tags/list?ns=quay.io"), "tags"));
        Assert.Equal(quay, await GetAsync($"quay/{Repository}/manifests/1"));
        Assert.Equal((1, 1), (Proxy.Count("GET", "/manifests/"), other.Count("GET", "/manifests/")));
        Assert.DoesNotContain(Proxy.Requests.Concat(other.Requests), request => request.Target.Contains("ns=", StringComparison.Ordinal));
    }

    [Theory, InlineData("ghcr.io"), InlineData("")]
    public async Task A_registry_that_no_upstream_stands_for_is_not_taken_for_another(string name)
    {
        await PublishAsync();
        await RestartAsync(Options with { Namespaces = ["docker.io"] });
        Assert.Equal(name == "" ? HttpStatusCode.OK : HttpStatusCode.NotFound, await StatusAsync($"{Repository}/manifests/1?ns={name}"));
        Assert.Equal(name == "" ? 1 : 0, Proxy.Total);
    }

    [Fact]
    public async Task What_an_upstream_stands_for_is_not_found_under_the_prefix_of_another()
    {
        // quay/app of docker.io would be app of quay.io here.
        await RestartAsync(Options with { Namespaces = ["docker.io"] }, Options with { Name = "quay", Prefix = "quay/", Namespaces = ["quay.io"] });
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("quay/app/manifests/1?ns=docker.io"));
        Assert.Equal(0, Proxy.Total);
    }

    [Fact]
    public async Task An_upstream_for_any_registry_takes_names_as_they_are()
    {
        byte[] manifest = await PublishAsync();
        await RestartAsync(Options with { Namespaces = ["*"] });
        Assert.Equal(manifest, await GetAsync($"{Repository}/manifests/1?ns=docker.io"));
    }

    [Fact]
    public async Task Tags_of_both_sides_are_one_list_in_pages()
    {
        foreach (string tag in (string[])["b", "d", "e"]) await PublishAsync(tag);
        foreach (string tag in (string[])["a", "d", "f"]) await Client.PushImageAsync(Repository, tag);
        Assert.Equal(["a", "b", "d", "e", "f"], Texts(await GetAsync($"{Repository}/tags/list"), "tags"));
        Assert.Equal(["b", "d"], Texts(await GetAsync($"{Repository}/tags/list?n=2&last=a"), "tags"));
        Assert.Equal(1, Proxy.Count("GET", "/tags/list"));
        Proxy.IsDown = true;
        Clock.Advance(TimeSpan.FromMinutes(2));
        using HttpResponseMessage answer = await Client.GetAsync($"/v2/{Repository}/tags/list");
        Assert.Equal(["a", "d", "f"], Texts(await answer.Content.ReadAsByteArrayAsync(), "tags"));
        Assert.True(answer.Headers.NonValidated.Contains("Warning"));
    }

    [Fact]
    public async Task A_tag_that_was_fetched_and_is_listed_there_no_more_is_not_listed()
    {
        foreach (string tag in (string[])["a", "b"]) await PublishAsync(tag);
        foreach (string tag in (string[])["a", "b"]) await GetAsync($"{Repository}/manifests/{tag}");
        using (HttpResponseMessage deleted = await Source.DeleteAsync($"/v2/{Repository}/manifests/a")) Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        Assert.Equal(["b"], Texts(await GetAsync($"{Repository}/tags/list"), "tags"));
    }

    [Fact]
    public async Task What_is_attached_on_both_sides_is_one_list()
    {
        byte[] manifest = await PublishAsync(), note = Pushes.Random();
        await GetAsync($"{Repository}/manifests/1");
        foreach (HttpClient side in (HttpClient[])[Source, Client])
        {
            await side.PushBlobAsync(Repository, "{}"u8.ToArray());
            await side.PushBlobAsync(Repository, note);
        }
        byte[] there = Pushes.Attached(manifest, "application/there", note), here = Pushes.Attached(manifest, "application/here", note);
        await AttachAsync(Source, there);
        await AttachAsync(Client, here);
        string path = $"{Repository}/referrers/{Digest.Of(manifest)}";
        Assert.Equal(new[] { there, here }.Select(one => Digest.Of(one).ToString()).Order(StringComparer.Ordinal), ImageIndex.Parse(await GetAsync(path)).Manifests.Select(one => one.Digest.ToString()));
        Assert.Equal("application/there", Assert.Single(ImageIndex.Parse(await GetAsync(path + "?artifactType=application/there")).Manifests).ArtifactType);
        Assert.Equal(there, await GetAsync($"{Repository}/manifests/{Digest.Of(there)}"));
        Proxy.IsDown = true;
        Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, ImageIndex.Parse(await GetAsync(path)).Manifests.Count);
    }

    [Fact]
    public async Task The_catalog_has_what_is_here()
    {
        await PublishAsync();
        await PublishAsync(repository: "team/unwanted");
        await GetAsync($"{Repository}/manifests/1");
        Assert.Equal([Repository], Texts(await GetAsync("_catalog"), "repositories"));
    }

    private static async Task AttachAsync(HttpClient side, byte[] manifest)
    {
        using HttpResponseMessage pushed = await side.PutManifestAsync(Repository, Digest.Of(manifest).ToString(), manifest);
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
    }
}
