using System.Text;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Lists in pages, and referrers from a registry that has the API.</summary>
public sealed class ListTests
{
    [Fact]
    public async Task Tags_are_read_over_all_pages()
    {
        await using RawServer server = new((request, peer, _) => request.Target.Contains("last=b", StringComparison.Ordinal)
            ? peer.AnswerAsync(200, """{"name":"app","tags":["c"]}"""u8.ToArray())
            : peer.AnswerAsync(200, """{"name":"app","tags":["a","b"]}"""u8.ToArray(), ("Link", "</v2/app/tags/list?last=b&n=2>; rel=\"next\"")));
        using RegistryClient client = new(Clients.Impatient);
        Assert.Equal(["a", "b", "c"], await client.ListTagsAsync(new RepositoryName(server.Name, "app")).ToListAsync());
    }

    [Theory]
    [InlineData("http://evil.test/v2/app/tags/list", "another host")]
    [InlineData("/v2/app/tags/list?again", "pages")]
    public async Task A_list_that_leaves_the_host_or_never_ends_is_refused(string next, string problem)
    {
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(200, """{"tags":[]}"""u8.ToArray(), ("Link", $"<{next}>; rel=\"next\"")));
        using RegistryClient client = new(Clients.Impatient);
        RegistryException e = await Assert.ThrowsAsync<RegistryException>(async () => await client.ListTagsAsync(new RepositoryName(server.Name, "app")).ToListAsync());
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"tags\":null}", 0)]
    [InlineData("{}", 0)]
    [InlineData("{\"tags\":[\"a\",\"../b\"]}", 1)]
    public async Task A_list_without_tags_is_empty_and_what_is_no_tag_is_left_out(string body, int count)
    {
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(200, Encoding.UTF8.GetBytes(body)));
        using RegistryClient client = new(Clients.Impatient);
        Assert.Equal(count, await client.ListTagsAsync(new RepositoryName(server.Name, "app")).CountAsync());
    }

    [Fact]
    public async Task Referrers_are_filtered_here_when_the_registry_does_not_filter()
    {
        Descriptor one = new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Of("1"u8), Size = 1, ArtifactType = "a/one" };
        byte[] index = new ImageIndex { MediaType = MediaTypes.OciIndex, Manifests = [one, one with { ArtifactType = "a/two" }] }.ToUtf8();
        await using RawServer server = new((_, peer, _) => peer.AnswerAsync(200, index, ("Content-Type", MediaTypes.OciIndex)));
        using RegistryClient client = new(Clients.Impatient);
        Assert.Single(await client.ListReferrersAsync(new RepositoryName(server.Name, "app"), Digest.Of("x"u8), "a/two").ToListAsync());
        Assert.Contains("artifactType=a%2Ftwo", server.Requests.Single().Target, StringComparison.Ordinal);
    }
}
