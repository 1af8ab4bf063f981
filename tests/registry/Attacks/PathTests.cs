namespace Keelson.Registry.Tests.Attacks;

/// <summary>Names that would lead out of a registry's directory, and pages of others that would read along.</summary>
public abstract class PathTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string Blob0 = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    [Theory]
    [InlineData("GET", "/v2/../../etc/passwd")]
    [InlineData("GET", "/v2/..%2f..%2f..%2fetc/manifests/passwd")]
    [InlineData("GET", "/v2/../manifests/1")]
    [InlineData("GET", "/v2/a/../b/manifests/1")]
    [InlineData("GET", "/v2/a/./b/manifests/1")]
    [InlineData("GET", "/v2/a//b/manifests/1")]
    [InlineData("GET", "/v2/%2e%2e/manifests/1")]
    [InlineData("GET", "/v2/a/%2e%2e/%2e%2e/%2e%2e/etc/tags/list")]
    [InlineData("GET", "/v2/a%00b/tags/list")]
    [InlineData("GET", "/v2/a/manifests/..")]
    [InlineData("GET", "/v2/a/manifests/../../../../../../etc/passwd")]
    [InlineData("GET", "/v2/a/manifests/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("GET", "/v2/a/blobs/sha256:..%2f..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("GET", "/v2/a/blobs/../../../../etc/passwd")]
    [InlineData("GET", "/v2/a/blobs/uploads/..%2f..%2f..%2fetc%2fpasswd")]
    [InlineData("DELETE", "/v2/a/blobs/uploads/..%2f_layers")]
    [InlineData("DELETE", "/v2/a/blobs/uploads/%2e%2e")]
    [InlineData("PATCH", "/v2/a/blobs/uploads/..")]
    [InlineData("PUT", "/v2/a/manifests/..%2f..%2fb")]
    [InlineData("PUT", "/v2/a/blobs/uploads/..%2f..?digest=" + Blob0)]
    public async Task A_path_that_climbs_leads_nowhere(string method, string path)
    {
        Answer answer = await Http.SendAsync(method, path);
        // A redirect to the path without dots is an answer too: what it leads to is asked for like anything else.
        Assert.True(answer.Status is >= 300 and < 500, answer.ToString());
        if (answer.Status < 400) Assert.StartsWith($"{Registry.Address}/", Location(answer), StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../etc")]
    [InlineData("%2e%2e%2f%2e%2e%2fetc")]
    [InlineData("/etc")]
    public async Task A_source_of_a_mount_that_climbs_leads_nowhere(string from)
    {
        Answer answer = (await PostAsync($"{Repository}/blobs/uploads/?mount={Blob0}&from={from}")).Is(202, 400);
        (await HeadAsync($"{Repository}/blobs/{Blob0}")).Is(404);
        Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tags/list?n=2&last=../../../../etc/passwd")]
    [InlineData("tags/list?n=2&last=%0d%0aX-Injected:%20yes")]
    [InlineData("tags/list?n=1&last=%3E%3B%20rel%3D%22next%22")]
    public async Task What_a_list_goes_on_after_is_a_word_and_nothing_else(string path)
    {
        Document image = await PushImageAsync("z1");
        await PushAsync(image, "z2");
        Answer answer = (await GetAsync($"{Repository}/{path}")).Is(200, 400);
        Assert.Null(answer["X-Injected"]);
        Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "_catalog")]
    [InlineData("OPTIONS", "")]
    [InlineData("OPTIONS", "a/manifests/1")]
    public async Task A_page_of_another_site_may_not_read_the_answers(string method, string path)
    {
        Answer answer = await Http.SendAsync(method, "/v2/" + path, null, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "GET"), ("Cookie", "session=1"));
        Assert.Null(answer["Access-Control-Allow-Origin"]);
        Assert.Null(answer["Access-Control-Allow-Credentials"]);
    }

    [Fact]
    public async Task Without_the_slash_the_way_leads_to_this_registry_alone()
    {
        Answer answer = await Http.SendAsync("GET", "//evil.example/v2");
        if (answer.Status is >= 300 and < 400) Assert.StartsWith(Registry.Address + "/", Location(answer).Replace("//evil", "/evil", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("//evil.example", answer["Location"] ?? "", StringComparison.Ordinal);
    }
}
