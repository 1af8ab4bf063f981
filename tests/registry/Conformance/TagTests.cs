using System.Text.Json;

namespace Keelson.Registry.Tests.Conformance;

/// <summary>Lists of tags.</summary>
[Spec(Distribution, "end-8a")]
[Spec(Distribution, "end-8b")]
public abstract class TagTests(IRegistryUnderTest registry) : RegistryTest(registry)
{
    private const string NoPages = "2.8.2 lists all tags, whatever n and last say; pages came with 3.0";

    [Fact, Reference(Debian, "2.8.2 lists tags in the order of the directory")]
    public async Task Tags_are_listed_with_200_the_name_and_in_the_order_of_their_bytes()
    {
        await TagAsync("b", "a", "B", "10", "2", "_x", "a.b", "a-b");
        Answer answer = (await GetAsync($"{Repository}/tags/list")).Is(200);
        Assert.StartsWith("application/json", answer["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(Repository, answer.Json.GetProperty("name").GetString());
        Assert.Equal(["10", "2", "B", "_x", "a", "a-b", "a.b", "b"], Tags(answer));
        Assert.Null(answer["Link"]);
    }

    [Fact]
    public async Task A_repository_that_is_not_there_is_answered_with_404_NAME_UNKNOWN()
    {
        (await GetAsync($"{Repository}/tags/list")).Fails(404, "NAME_UNKNOWN");
    }

    [Fact]
    public async Task A_part_of_a_name_is_no_repository()
    {
        await PushImageAsync("1");
        (await GetAsync($"{Repository[..^1]}/tags/list")).Fails(404, "NAME_UNKNOWN");
        (await GetAsync("test/tags/list")).Fails(404, "NAME_UNKNOWN");
    }

    [Fact]
    public async Task A_repository_without_tags_lists_none()
    {
        await PushImageAsync();
        Answer answer = (await GetAsync($"{Repository}/tags/list")).Is(200, 404);
        if (answer.Status == 200) Assert.Empty(Tags(answer));
    }

    [Fact, Reference(Debian, NoPages)]
    public async Task No_more_tags_are_listed_than_asked_for_and_a_link_leads_on()
    {
        await TagAsync("v1", "v2", "v3", "v4", "v5");
        Answer first = (await GetAsync($"{Repository}/tags/list?n=2")).Is(200);
        Assert.Equal(Differs<string[]>(["v1", "v2"], ["v1", "v2", "v3", "v4", "v5"]), Tags(first));
        if (Registry.IsReference) return;
        Assert.EndsWith("; rel=\"next\"", first["Link"], StringComparison.Ordinal);
        Answer second = (await NextAsync(first)).Is(200), third = (await NextAsync(second)).Is(200);
        Assert.Equal(["v3", "v4"], Tags(second));
        Assert.Equal(["v5"], Tags(third));
        Assert.Null(third["Link"]);
    }

    [Fact, Reference(Debian, NoPages)]
    public async Task The_last_page_has_no_link_even_when_it_is_full()
    {
        await TagAsync("v1", "v2");
        Assert.Null((await GetAsync($"{Repository}/tags/list?n=2")).Is(200)["Link"]);
        Assert.Null((await GetAsync($"{Repository}/tags/list?n=100")).Is(200)["Link"]);
    }

    [Theory, Reference(Debian, NoPages)]
    [InlineData("last=v1", "v2", "v4")]
    [InlineData("last=v3", "v4")]
    [InlineData("last=v4")]
    [InlineData("last=zzz")]
    [InlineData("last=a", "v1", "v2", "v4")]
    [InlineData("last=v1&n=1", "v2")]
    [InlineData("n=1&last=v3", "v4")]
    [InlineData("last=", "v1", "v2", "v4")]
    public async Task The_list_goes_on_after_the_last_tag_whether_it_is_there_or_not(string query, params string[] expected)
    {
        await TagAsync("v1", "v2", "v4");
        Assert.Equal(Differs(expected, ["v1", "v2", "v4"]), Tags((await GetAsync($"{Repository}/tags/list?{query}")).Is(200)));
    }

    [Fact, Reference(Debian, NoPages)]
    public async Task None_is_listed_when_none_is_asked_for()
    {
        await TagAsync("v1", "v2");
        Answer answer = (await GetAsync($"{Repository}/tags/list?n=0")).Is(200);
        Assert.Equal(Differs<string[]>([], ["v1", "v2"]), Tags(answer));
        Assert.Null(answer["Link"]);
    }

    [Theory, Reference(Debian, NoPages)]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public async Task A_count_that_is_none_is_answered_with_400_PAGINATION_NUMBER_INVALID(string n)
    {
        await TagAsync("v1");
        Answer answer = await GetAsync($"{Repository}/tags/list?n={n}");
        if (Registry.IsReference) answer.Is(200);
        else answer.Fails(400, "PAGINATION_NUMBER_INVALID");
    }

    [Fact, Reference(Debian, NoPages)]
    public async Task A_large_count_lists_all()
    {
        await TagAsync("v1", "v2");
        Assert.Equal(["v1", "v2"], Tags((await GetAsync($"{Repository}/tags/list?n=1000")).Is(200)));
    }

    [Fact, Reference(Debian, NoPages)]
    public async Task All_pages_together_are_all_tags_once()
    {
        string[] tags = [.. Enumerable.Range(0, 50).Select(i => $"t{i:D2}")];
        await TagAsync(tags);
        Answer page = (await GetAsync($"{Repository}/tags/list?n=7")).Is(200);
        List<string> listed = [.. Tags(page)];
        while (page["Link"] is not null) listed.AddRange(Tags(page = (await NextAsync(page)).Is(200)));
        Assert.Equal(tags, listed);
    }

    [Fact]
    public async Task A_tag_that_is_pushed_is_listed_at_once()
    {
        for (int i = 0; i < 5; i++)
        {
            await TagAsync($"t{i}");
            Assert.Contains($"t{i}", Tags((await GetAsync($"{Repository}/tags/list")).Is(200)));
        }
    }

    /// <summary>The tags of an answer. The reference's, which have no order, are sorted here.</summary>
    private string[] Tags(Answer answer)
    {
        string[] tags = answer.Json.GetProperty("tags") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(tag => tag.GetString()!)] : [];
        return Registry.IsReference ? [.. tags.Order(StringComparer.Ordinal)] : tags;
    }

    private Task<Answer> NextAsync(Answer answer) => Http.SendAsync("GET", answer.Next(Registry.Address));

    private async Task TagAsync(params string[] tags)
    {
        Document image = await PushImageAsync();
        foreach (string tag in tags) await PushAsync(image, tag);
    }
}
