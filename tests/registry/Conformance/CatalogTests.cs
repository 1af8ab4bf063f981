namespace Keelson.Registry.Tests.Conformance;

/// <summary>Lists of repositories, which the specification reserves for those who have always had them.</summary>
[Spec(DockerV2, "Listing Repositories")]
public abstract class CatalogTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Repositories_are_listed_in_order_and_page_by_page()
    {
        string first = await MakeAsync("catalog/a"), second = await MakeAsync("catalog/b"), third = await MakeAsync("catalog/b/c"), fourth = await MakeAsync("catalog/c");
        Answer page = (await GetAsync("_catalog?n=2&last=catalog/")).Is(200);
        Assert.StartsWith("application/json", page["Content-Type"], StringComparison.Ordinal);
        Assert.Equal([first, second], Repositories(page));
        Assert.EndsWith("; rel=\"next\"", page["Link"], StringComparison.Ordinal);
        page = (await Http.SendAsync("GET", page.Next(Registry.Address))).Is(200);
        Assert.Equal([third, fourth], Repositories(page));
    }

    [Fact]
    public async Task The_list_goes_on_after_the_last_repository_whether_it_is_there_or_not()
    {
        string name = await MakeAsync("zzz/a");
        Assert.Equal([name], Repositories((await GetAsync("_catalog?last=zzz")).Is(200)));
        Answer end = (await GetAsync($"_catalog?last={name}")).Is(200);
        Assert.Empty(Repositories(end));
        Assert.Null(end["Link"]);
    }

    [Fact]
    public async Task Without_a_count_repositories_are_listed()
    {
        string name = await MakeAsync("aaa/a");
        Assert.Contains(name, Repositories((await GetAsync("_catalog")).Is(200)));
    }

    [Fact]
    public async Task All_pages_together_are_all_repositories_once()
    {
        string[] made = [.. await Task.WhenAll(Enumerable.Range(0, 20).Select(i => MakeAsync($"pages/r{i:D2}")))];
        Answer page = (await GetAsync("_catalog?n=3&last=pages")).Is(200);
        List<string> listed = [.. Repositories(page)];
        while (page["Link"] is not null) listed.AddRange(Repositories(page = (await Http.SendAsync("GET", page.Next(Registry.Address))).Is(200)));
        Assert.Equal(made, listed.Where(name => name.StartsWith("pages/", StringComparison.Ordinal)));
        Assert.Equal(listed.Distinct(), listed);
    }

    [Theory, Reference(Debian, "what is no count is ignored")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999999999999999999")]
    public async Task A_count_that_is_none_is_answered_with_400_PAGINATION_NUMBER_INVALID(string n)
    {
        Answer answer = await GetAsync($"_catalog?n={n}");
        if (Registry.IsReference) answer.Is(200);
        else answer.Fails(400, "PAGINATION_NUMBER_INVALID");
    }

    [Fact]
    public async Task None_is_listed_when_none_is_asked_for()
    {
        await MakeAsync("none/a");
        Answer answer = (await GetAsync("_catalog?n=0")).Is(200);
        Assert.Empty(Repositories(answer));
        Assert.Null(answer["Link"]);
    }

    private static string[] Repositories(Answer answer) => [.. answer.Json.GetProperty("repositories").EnumerateArray().Select(name => name.GetString()!)];

    private async Task<string> MakeAsync(string name)
    {
        await PushImageAsync("1", name);
        return name;
    }
}
