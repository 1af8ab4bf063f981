namespace Keelson.Registry.Tests.Conformance;

/// <summary>Whether this is a registry.</summary>
[Spec(Distribution, "end-1")]
public abstract class ProbeTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    [Fact]
    public async Task The_base_is_answered_with_200_and_the_version_of_the_API()
    {
        Answer answer = (await GetAsync("")).Is(200);
        Assert.Equal("registry/2.0", answer["Docker-Distribution-API-Version"]);
    }

    [Fact]
    public async Task A_HEAD_of_the_base_is_answered_with_200_and_nothing()
    {
        Assert.Empty((await HeadAsync("")).Is(200).Body);
    }

    [Fact]
    public async Task Without_the_slash_it_is_the_base_too_or_leads_there()
    {
        Answer answer = (await Http.SendAsync("GET", "/v2")).Is(200, 301, 308);
        if (answer.Status != 200) Assert.EndsWith("/v2/", Location(answer), StringComparison.Ordinal);
    }

    [Fact, Spec(Distribution, "Warnings")]
    public async Task No_warning_is_given_when_there_is_nothing_to_warn_of()
    {
        Assert.Null((await GetAsync("")).Is(200)["Warning"]);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1/")]
    [InlineData("/v2/nothing")]
    [InlineData("/v2/a/nothing")]
    [InlineData("/v2/a/manifests")]
    public async Task What_is_no_endpoint_is_answered_with_404(string path)
    {
        // A registry may show a page about itself at its root.
        (await Http.SendAsync("GET", path)).Is(path == "/" ? [200, 404] : [404]);
    }
}
