using System.Net;
using System.Text.RegularExpressions;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Retention;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Retention;

/// <summary>What policies keep, and what they let go.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private readonly TestClock time = new();
    private readonly Heard heard = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await KeelsonRegistry.StartAsync(new MemoryDriver(time), new RegistryOptions { AllowsDelete = true, Store = new() { Time = time }, IsImmutable = (_, tag) => tag == "fixed", Observers = [heard] });
        client = registry.Client();
        // An hour between each, the oldest first.
        foreach (string tag in (string[])["fixed", "v1", "v2", "v3", "dev-1", "dev-2", "latest"])
        {
            await client.PushImageAsync("team/app", tag);
            time.Advance(TimeSpan.FromHours(1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task Without_rules_for_tags_all_stay() => await KeepsAsync("dev-1 dev-2 fixed latest v1 v2 v3");

    [Fact]
    public async Task The_newest_stay() => await KeepsAsync("dev-2 fixed latest", new KeepRule { NewestPushed = 2 });

    [Fact]
    public async Task Tags_of_a_pattern_stay() => await KeepsAsync("fixed v1 v2 v3", Of("^v"));

    [Fact]
    public async Task One_rule_that_keeps_a_tag_is_enough() => await KeepsAsync("dev-2 fixed latest v2 v3", Of("^latest$"), Of("^dev") with { NewestPushed = 1 }, Of("^v") with { NewestPushed = 2 });

    [Fact]
    public async Task One_condition_is_enough()
    {
        await client.GetByteArrayAsync("/v2/team/app/manifests/v1");
        await KeepsAsync("fixed v1 v3", Of("^v") with { NewestPushed = 1, PulledWithin = TimeSpan.FromMinutes(1) });
    }

    [Fact]
    public async Task What_was_set_within_a_time_stays() => await KeepsAsync("dev-2 fixed latest", new KeepRule { PushedWithin = TimeSpan.FromHours(2) });

    [Fact]
    public async Task What_was_pulled_within_a_time_stays_over_a_restart_too()
    {
        await client.GetByteArrayAsync("/v2/team/app/manifests/v2");
        time.Advance(TimeSpan.FromHours(3));
        await client.GetByteArrayAsync("/v2/team/app/manifests/v1");
        await registry.Server.SavePullsAsync();
        await using KeelsonRegistry again = await KeelsonRegistry.StartAsync(registry.Driver, new RegistryOptions { Store = new() { Time = time }, IsImmutable = (_, tag) => tag == "fixed" });
        RetentionReport report = await again.Server.RetainAsync(new() { Policies = [Policy(new KeepRule { PulledWithin = TimeSpan.FromHours(2) })] });
        Assert.Equal(5, report.Tags.Count);
        using HttpClient fresh = again.Client();
        Assert.Equal("""{"name":"team/app","tags":["fixed","v1"]}""", await fresh.GetStringAsync("/v2/team/app/tags/list"));
    }

    [Fact]
    public async Task What_was_pulled_last_stays()
    {
        foreach (string tag in (string[])["v3", "v1", "dev-1"])
        {
            await client.GetByteArrayAsync($"/v2/team/app/manifests/{tag}");
            time.Advance(TimeSpan.FromMinutes(1));
        }
        await KeepsAsync("dev-1 fixed v1", new KeepRule { NewestPulled = 2 });
    }

    [Fact]
    public async Task Of_tags_that_were_never_pulled_none_stays_for_it() => await KeepsAsync("fixed", new KeepRule { NewestPulled = 5 });

    [Fact]
    public async Task The_first_policy_that_a_repository_is_of_decides()
    {
        RetentionPolicy all = Policy(new KeepRule { NewestPushed = 1 });
        await registry.Server.RetainAsync(new() { Policies = [Policy(new KeepRule { NewestPushed = 3 }) with { Repositories = [RepositoryPattern.Parse("team/*")] }, all] });
        Assert.Equal("dev-1 dev-2 fixed latest", await TagsAsync());
        await registry.Server.RetainAsync(new() { Policies = [Policy() with { Repositories = [RepositoryPattern.Parse("other")] }] });
        Assert.Equal("dev-1 dev-2 fixed latest", await TagsAsync());
    }

    [Fact]
    public async Task A_trial_tells_and_removes_nothing()
    {
        RetentionReport report = await registry.Server.RetainAsync(new() { IsTrial = true, Delay = TimeSpan.Zero, Policies = [Policy(new KeepRule { NewestPushed = 1 }) with { RemovesUntagged = true }] });
        Assert.Equal(("dev-1 dev-2 v1 v2 v3", 5), (string.Join(' ', report.Tags.Select(tag => tag.Tag).Order()), report.Manifests.Count));
        Assert.Equal("dev-1 dev-2 fixed latest v1 v2 v3", await TagsAsync());
    }

    [Fact]
    public async Task Untagged_manifests_go_when_they_are_old_enough()
    {
        byte[] young = await client.PushImageAsync("team/app", null);
        RetentionOptions options = new() { Delay = TimeSpan.FromHours(4), Policies = [Policy(Of("latest")) with { RemovesUntagged = true }] };
        RetentionReport report = await registry.Server.RetainAsync(options);
        // v1, v2 and v3 are five hours old or more... dev-1 is three.
        Assert.Equal((5, 3), (report.Tags.Count, report.Manifests.Count));
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/team/app/manifests/{Digest.Of(young)}"));
        time.Advance(TimeSpan.FromHours(5));
        report = await registry.Server.RetainAsync(options);
        Assert.Equal((0, 3), (report.Tags.Count, report.Manifests.Count));
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync($"/v2/team/app/manifests/{Digest.Of(young)}"));
        await registry.Server.CollectGarbageAsync(new());
        Assert.Equal(0, (await registry.Server.ScrubAsync(new())).FaultCount);
    }

    [Fact]
    public async Task What_is_attached_stays_with_its_subject_and_goes_with_it()
    {
        byte[] subject = await client.PushImageAsync("team/app", "signed"), note = Pushes.Random();
        await client.PushBlobAsync("team/app", note);
        await client.PushBlobAsync("team/app", "{}"u8.ToArray());
        byte[] sbom = Pushes.Attached(subject, "application/spdx+json", note), aboutSbom = Pushes.Attached(sbom, "text/signature", note);
        foreach (byte[] attached in (byte[][])[sbom, aboutSbom]) (await client.PutManifestAsync("team/app", Digest.Of(attached).ToString(), attached)).Dispose();
        string cosign = $"sha256-{Digest.Of(subject).Hex}.sig";
        await client.PushImageAsync("team/app", cosign);
        RetentionOptions options = new() { Delay = TimeSpan.Zero, Policies = [Policy(Of("^(signed|latest)$")) with { RemovesReferrers = true }] };
        RetentionReport report = await registry.Server.RetainAsync(options);
        Assert.Equal((5, 0), (report.Tags.Count, report.Manifests.Count));
        Assert.Equal($"fixed latest {cosign} signed", await TagsAsync());
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/team/app/manifests/{Digest.Of(subject)}");
        report = await registry.Server.RetainAsync(options);
        Assert.Equal((cosign, 3), (Assert.Single(report.Tags).Tag, report.Manifests.Count));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (await client.HeadAsync($"/v2/team/app/manifests/{Digest.Of(sbom)}"), await client.HeadAsync($"/v2/team/app/manifests/{Digest.Of(aboutSbom)}")));
        Assert.Equal("fixed latest", await TagsAsync());
    }

    [Fact]
    public async Task Who_listens_hears_what_goes_and_nothing_of_a_trial()
    {
        Digest first = Digest.Of(await client.GetByteArrayAsync("/v2/team/app/manifests/v1"));
        RetentionOptions options = new() { IsTrial = true, Delay = TimeSpan.FromHours(6), Policies = [Policy(Of("^(v2|v3|dev-1|dev-2|latest)$")) with { RemovesUntagged = true }] };
        await registry.Server.RetainAsync(options);
        Assert.Empty(heard.Removed);
        await registry.Server.RetainAsync(options with { IsTrial = false });
        Assert.Equal(["team/app:v1 keelson-retention", $"team/app@{first} keelson-retention"], heard.Removed);
    }

    [Fact]
    public async Task A_read_only_registry_lets_nothing_go()
    {
        await using KeelsonRegistry closed = await KeelsonRegistry.StartAsync(registry.Driver, new RegistryOptions { IsReadOnly = true, Store = new() { Time = time } });
        await closed.Server.RetainAsync(new() { Policies = [Policy(new KeepRule { NewestPushed = 1 })] });
        Assert.Equal("dev-1 dev-2 fixed latest v1 v2 v3", await TagsAsync());
    }

    private static KeepRule Of(string pattern) => new() { Patterns = [new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)] };

    private static RetentionPolicy Policy(params IReadOnlyList<KeepRule> rules) => new() { Repositories = [RepositoryPattern.Parse("**")], KeepTags = rules };

    private async Task KeepsAsync(string expected, params IReadOnlyList<KeepRule> rules)
    {
        await registry.Server.RetainAsync(new() { Policies = [Policy(rules)] });
        Assert.Equal(expected, await TagsAsync());
    }

    private async Task<string> TagsAsync()
    {
        using System.Text.Json.JsonDocument tags = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/v2/team/app/tags/list"));
        return string.Join(' ', tags.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
    }
}
