using System.Net;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Tests.Signatures;
using static Keelson.Registry.Tests.Signatures.SignaturesOfTests;

namespace Keelson.Registry.Tests.Upstream;

/// <summary>Images of an upstream that are pulled when they are signed there.</summary>
public sealed class SignedUpstreamTests : UpstreamTest
{
    private readonly OpenSslKeys keys = new();

    public override async ValueTask InitializeAsync()
    {
        Programs.Need("openssl");
        await base.InitializeAsync();
        string release = keys.Make("release");
        keys.Make("stranger");
        await RestartAsync(new RegistryOptions { Upstreams = [Options], Signatures = [new() { Repositories = [RepositoryPattern.Parse("**")], Keys = [release] }] }, null);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        keys.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_signature_of_the_upstream_counts_as_soon_as_it_is_there(bool isTag)
    {
        byte[] image = await PublishAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"{Repository}/manifests/1"));
        await SignAsync(image, "stranger", !isTag);
        Clock.Advance(Options.TagLifetime);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"{Repository}/manifests/1"));
        await SignAsync(image, "release", isTag);
        Clock.Advance(Options.TagLifetime);
        Assert.Equal(image, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(image, await GetAsync($"{Repository}/manifests/{Digest.Of(image)}"));
        // What was found out is not asked again.
        int asked = Proxy.Count("GET", "/referrers/");
        await GetAsync($"{Repository}/manifests/{Digest.Of(image)}");
        Assert.Equal(asked, Proxy.Count("GET", "/referrers/"));
    }

    [Fact]
    public async Task What_is_not_known_to_be_signed_is_not_pulled_while_the_upstream_is_away()
    {
        byte[] image = await PublishAsync();
        await SignAsync(image, "release", isTag: true);
        Assert.Equal(image, await GetAsync($"{Repository}/manifests/1"));
        byte[] other = await PublishAsync("2");
        await SignAsync(other, "release", isTag: true);
        Proxy.Fault = http =>
        {
            if (http.Request.Path.Value!.Contains("/manifests/2", StringComparison.Ordinal)) return Task.FromResult(false);
            http.Response.StatusCode = 500;
            return Task.FromResult(true);
        };
        Assert.Equal(image, await GetAsync($"{Repository}/manifests/1"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync($"{Repository}/manifests/2"));
    }

    private async Task SignAsync(byte[] image, string key, bool isTag)
    {
        byte[] payload = Payload(image), signature = Manifest([(payload, keys.Sign(key, payload))], isTag ? "" : About(image), isTag ? MediaTypes.OciConfig : CosignArtifact);
        await PushAsync(Source, Repository, isTag ? Tag(image) : null, signature, payload);
    }
}
