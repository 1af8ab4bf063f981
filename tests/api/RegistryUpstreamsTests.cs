using System.Collections;
using Keelson.Daemon.Registry;
using Keelson.Registry.Upstream;

namespace Keelson.Api.Tests;

/// <summary>Upstreams in the configuration of a registry.</summary>
public sealed class RegistryUpstreamsTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("config");

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public void Every_key_is_read()
    {
        File.WriteAllText(folder + "/password", "from a file\n");
        RegistryUpstreams read = Read($"""
            [[upstream]]
            name = "hub"
            url = "https://registry-1.docker.io"
            prefix = "hub/"
            remoteprefix = "library/"
            namespaces = ["docker.io"]
            username = "me"
            passwordfile = "{folder}/password"
            trustedrealms = ["auth.example"]
            ca = "/ca.pem"
            tagttl = "5m"
            ttl = "24h"
            maxblobsize = 1000
            stalltimeout = "10s"
            [[upstream]]
            url = "http://10.0.0.1:5000"
            insecure = true
            ondemand = false
            [[sync]]
            upstream = "10.0.0.1:5000"
            repositories = ["team/**"]
            tags = ["v*"]
            exclude = ["*-rc*"]
            versions = true
            prefix = "mirror"
            platforms = ["linux/arm64"]
            onlysigned = true
            referrers = false
            interval = "6h"
            parallel = 2
            """);
        UpstreamOptions hub = read.Upstreams[0], plain = read.Upstreams[1];
        Assert.Equal(("hub", "hub/", "library/", 1000L), (hub.Name, hub.Prefix, hub.RemotePrefix, hub.BlobLimitBytes));
        Assert.Equal(("me", "from a file"), (hub.Credential!.Username, hub.Credential.Password));
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromDays(1), TimeSpan.FromSeconds(10)), (hub.TagLifetime, hub.Lifetime, hub.StallTimeout));
        Assert.Equal(["docker.io", "auth.example", "/ca.pem"], [.. hub.Namespaces, .. hub.TrustedRealms, .. hub.AuthorityFiles]);
        Assert.Equal(("10.0.0.1:5000", true, false), (plain.Name, plain.SkipVerify, plain.IsOnDemand));
        SyncRule rule = Assert.Single(read.Rules);
        Assert.Equal(["team/**", "v*", "*-rc*", "linux/arm64"], [.. rule.Repositories, .. rule.Tags, .. rule.ExcludedTags, .. rule.Platforms.Select(platform => platform.ToString())]);
        Assert.Equal((true, "mirror", true, false, TimeSpan.FromHours(6), 2), (rule.OnlyVersions, rule.Prefix, rule.OnlySigned, rule.HasReferrers, rule.Interval, rule.Parallelism));
    }

    [Fact]
    public void The_table_of_distribution_is_an_upstream_for_everything()
    {
        UpstreamOptions proxy = Assert.Single(Read("[proxy]\nremoteurl = \"https://registry-1.docker.io\"\nusername = \"me\"\npassword = \"x\"\nttl = \"0\"\n").Upstreams);
        Assert.Equal(("", TimeSpan.Zero, TimeSpan.Zero, "*", "x"), (proxy.Prefix, proxy.Lifetime, proxy.TagLifetime, Assert.Single(proxy.Namespaces), proxy.Credential!.Password));
        Hashtable environment = new() { ["REGISTRY_PROXY_REMOTEURL"] = "http://mirror.example:5000", ["REGISTRY_PROXY_TTL"] = "1h" };
        proxy = Assert.Single(Read("", environment).Upstreams);
        Assert.Equal((new Uri("http://mirror.example:5000"), TimeSpan.FromHours(1)), (proxy.Address, proxy.Lifetime));
    }

    [Theory]
    [InlineData("[[upstream]]\nname = \"a\"", "line 1: upstream[0].url: is missing")]
    [InlineData("[[upstream]]\nurl = \"ftp://a\"", "line 2: upstream[0].url: expected an http or https URL")]
    [InlineData("[[upstream]]\nurl = \"http://a\"", "without TLS it needs insecure = true")]
    [InlineData("[[upstream]]\nurl = \"https://me:secret@a\"", "expected a URL without user and query")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\npassword = \"secret\"", "upstream[0].username: is missing")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\nusername = \"b\"\npassword = \"secret\"\npasswordfile = \"/b\"", "line 5: upstream[0].passwordfile: there is a password besides")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\nprefix = \"../b\"", "'../b' is not the beginning of a repository's name")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\nother = 1", "line 3: upstream[0].other: the key is unknown")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\nprefix = \"x\"\n[[upstream]]\nurl = \"https://b\"\nprefix = \"x/\"", "there are two of the prefix 'x'")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\nprefix = \"x\"\n[[upstream]]\nurl = \"https://a\"", "there are two of the name 'a'")]
    [InlineData("[[sync]]\nupstream = \"a\"", "there is no upstream 'a'")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\n[[sync]]\nupstream = \"a\"", "sync[0].repositories: is missing")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\n[[sync]]\nupstream = \"a\"\nrepositories = [\"UPPER\"]", "line 5: sync[0].repositories: pattern of repositories 'UPPER'")]
    [InlineData("[[upstream]]\nurl = \"https://a\"\n[[sync]]\nupstream = \"a\"\nrepositories = [\"b\"]\nplatforms = [\"a/b/c/d\"]", "line 6: sync[0].platforms: ")]
    [InlineData("[proxy]\nremoteurl = \"https://a\"\nother = 1", "line 3: proxy.other: the key is unknown")]
    public void A_fault_names_line_and_key_and_no_secret(string text, string message)
    {
        KeelsonException error = Assert.Throws<KeelsonException>(() => Read(text));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private RegistryUpstreams Read(string text, IDictionary? environment = null)
    {
        File.WriteAllText(folder + "/registry.toml", text);
        return RegistryConfig.Load(folder + "/registry.toml", environment ?? new Hashtable()).Upstreams;
    }
}
