using System.Net;
using System.Text;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Browse;

/// <summary>The API for people and pages.</summary>
public sealed class BrowseTests : IAsyncLifetime
{
    private readonly TestClock time = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await StartAsync(new MemoryDriver(time));
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task A_repository_is_listed_with_counts_size_and_dates()
    {
        byte[] layer = Pushes.Random(5000), first = await client.PushImageAsync("team/app", "1", layer), second = await client.PushImageAsync("team/app", "2");
        time.Advance(TimeSpan.FromHours(1));
        using HttpResponseMessage again = await client.PutManifestAsync("team/app", "1.0", first);
        DateTimeOffset pushed = time.GetUtcNow();
        await client.PushImageAsync("team/app", null);
        time.Advance(TimeSpan.FromHours(1));
        await client.GetByteArrayAsync("/v2/team/app/manifests/1");
        JsonElement repository = Assert.Single((await GetAsync("repositories")).GetProperty("repositories").EnumerateArray());
        Assert.Equal(("team/app", 3, 3, 1L), (repository.GetProperty("name").GetString(), repository.GetProperty("tags").GetInt32(), repository.GetProperty("manifests").GetInt32(), repository.GetProperty("pulls").GetInt64()));
        Assert.Equal((pushed, time.GetUtcNow()), (repository.GetProperty("pushed").GetDateTimeOffset(), repository.GetProperty("pulled").GetDateTimeOffset()));
        Assert.Equal(await SizeAsync("team/app"), repository.GetProperty("bytes").GetInt64());
        Assert.Equal(repository.GetRawText(), (await GetAsync("repositories/team/app")).GetRawText());
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task Sizes_follow_pushes_mounts_deletes_and_collections()
    {
        byte[] layer = Pushes.Random(3000), image = await client.PushImageAsync("a", "1", layer);
        foreach (string name in (string[])["a", "b"]) await SizesAgreeAsync(name, name == "a");
        using HttpResponseMessage mounted = await client.PostAsync($"/v2/b/blobs/uploads/?mount={Digest.Of(layer)}&from=a", null);
        Assert.Equal(HttpStatusCode.Created, mounted.StatusCode);
        await client.PushImageAsync("b", "1", layer);
        await SizesAgreeAsync("b", true);
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/a/manifests/{Digest.Of(image)}"), blob = await client.DeleteAsync($"/v2/a/blobs/{Digest.Of(layer)}");
        await SizesAgreeAsync("a", true);
        time.Advance(TimeSpan.FromHours(2));
        await registry.Server.CollectGarbageAsync(new());
        await SizesAgreeAsync("a", true);
        Assert.Equal(0, (await GetAsync("repositories/a")).GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Repositories_are_found_by_part_of_their_names_and_come_in_pages()
    {
        foreach (string name in (string[])["a/web", "b/web/x", "c", "d/other", "web"]) await client.PushImageAsync(name, "1");
        Assert.Equal(("a/web b/web/x web", null), Names(await GetAsync("repositories?search=WEB")));
        Assert.Equal(("a/web b/web/x", "b/web/x"), Names(await GetAsync("repositories?search=web&n=2")));
        Assert.Equal(("web", null), Names(await GetAsync("repositories?search=web&n=2&last=b/web/x")));
        Assert.Equal(("a/web b/web/x c", "c"), Names(await GetAsync("repositories?n=3")));
        Assert.Empty(Names(await GetAsync("repositories?search=nothing")).Names);
    }

    [Fact]
    public async Task A_tag_is_listed_with_digest_type_size_platforms_and_pulls()
    {
        byte[] layer = Pushes.Random(7000), image = await client.PushImageAsync("app", "one", layer);
        using HttpResponseMessage index = await client.PutManifestAsync("app", "all", Document.Index(MediaTypes.OciIndex, new Document(MediaTypes.OciManifest, image), new Document(MediaTypes.OciManifest, image)).Bytes, MediaTypes.OciIndex);
        await client.GetByteArrayAsync("/v2/app/manifests/one");
        await client.GetByteArrayAsync($"/v2/app/manifests/{Digest.Of(image)}");
        await client.HeadAsync("/v2/app/manifests/one");
        JsonElement tags = await GetAsync("tags/app"), all = tags.GetProperty("tags")[0], one = tags.GetProperty("tags")[1];
        Assert.Equal((2, "app"), (tags.GetProperty("count").GetInt32(), tags.GetProperty("repository").GetString()));
        Assert.Equal(("all", MediaTypes.OciIndex, """["linux/amd64","linux/arm64"]""", 0), (all.GetProperty("name").GetString(), all.GetProperty("mediaType").GetString(), all.GetProperty("platforms").GetRawText(), all.GetProperty("pulls").GetInt32()));
        Assert.False(all.TryGetProperty("pulled", out _));
        Assert.Equal(("one", Digest.Of(image).ToString(), """["linux/amd64"]""", 2), (one.GetProperty("name").GetString(), one.GetProperty("digest").GetString(), one.GetProperty("platforms").GetRawText(), one.GetProperty("pulls").GetInt32()));
        Assert.Equal((time.GetUtcNow(), time.GetUtcNow(), false), (one.GetProperty("pushed").GetDateTimeOffset(), one.GetProperty("pulled").GetDateTimeOffset(), one.GetProperty("isImmutable").GetBoolean()));
        long bytes = one.GetProperty("bytes").GetInt64();
        Assert.Equal(await SizeAsync("app"), all.GetProperty("bytes").GetInt64());
        Assert.InRange(bytes, 7000 + image.Length, all.GetProperty("bytes").GetInt64() - 1);
    }

    [Fact]
    public async Task Tags_are_found_by_part_of_their_names_and_come_in_pages()
    {
        byte[] image = await client.PushImageAsync("app", "v1.0");
        foreach (string tag in (string[])["v1.1", "v2.0", "latest", "fixed"]) (await client.PutManifestAsync("app", tag, image)).Dispose();
        JsonElement page = await GetAsync("tags/app?search=V&n=2"), rest = await GetAsync("tags/app?search=v&n=2&last=v1.1"), all = await GetAsync("tags/app");
        Assert.Equal("v1.0 v1.1", string.Join(' ', page.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("name").GetString())));
        Assert.Equal(("v1.1", 5), (page.GetProperty("next").GetString(), page.GetProperty("count").GetInt32()));
        Assert.Equal("v2.0", Assert.Single(rest.GetProperty("tags").EnumerateArray()).GetProperty("name").GetString());
        Assert.False(rest.TryGetProperty("next", out _));
        Assert.Equal(["fixed"], all.GetProperty("tags").EnumerateArray().Where(tag => tag.GetProperty("isImmutable").GetBoolean()).Select(tag => tag.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task An_image_is_told_with_layers_configuration_and_what_is_attached()
    {
        byte[] layer = Pushes.Random(), config = Encoding.UTF8.GetBytes("""
            {"created":"2024-02-03T04:05:06Z","author":"me","architecture":"arm64","os":"linux","variant":"v8",
             "config":{"User":"1000","Env":["A=b"],"Entrypoint":["/bin/a"],"Cmd":["b"],"WorkingDir":"/w","Labels":{"x":"<y>"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"StopSignal":"SIGINT"},
             "rootfs":{"type":"layers","diff_ids":[]},"history":[{"created":"2024-02-03T04:05:06Z","created_by":"COPY a"},{"created_by":"ENV A=b","empty_layer":true,"comment":"c"}]}
            """);
        await client.PushBlobAsync("app", layer);
        await client.PushBlobAsync("app", config);
        byte[] manifest = Document.Image(new Blob(config), [new Blob(layer)], """, "annotations": {"k":"v"}""").Bytes;
        (await client.PutManifestAsync("app", "1", manifest)).Dispose();
        await client.PushBlobAsync("app", "{}"u8.ToArray());
        byte[] note = Pushes.Random();
        await client.PushBlobAsync("app", note);
        byte[] sbom = Pushes.Attached(manifest, "application/spdx+json", note), signature = Pushes.Manifest(config, layer);
        (await client.PutManifestAsync("app", Digest.Of(sbom).ToString(), sbom)).Dispose();
        (await client.PutManifestAsync("app", $"sha256-{Digest.Of(manifest).Hex}.sig", signature)).Dispose();
        JsonElement image = await GetAsync("images/app:1");
        Assert.Equal(image.GetRawText(), (await GetAsync($"images/app@{Digest.Of(manifest)}")).GetRawText());
        Assert.Equal((Digest.Of(manifest).ToString(), """["1"]""", """["linux/arm64"]""", """{"k":"v"}"""), (image.GetProperty("digest").GetString(), image.GetProperty("tags").GetRawText(), image.GetProperty("platforms").GetRawText(), image.GetProperty("annotations").GetRawText()));
        Assert.Equal((Digest.Of(layer).ToString(), 100), (image.GetProperty("layers")[0].GetProperty("digest").GetString(), image.GetProperty("layers")[0].GetProperty("bytes").GetInt32()));
        JsonElement made = image.GetProperty("config");
        Assert.Equal(("1000", "/w", "SIGINT", "me"), (made.GetProperty("user").GetString(), made.GetProperty("workingDirectory").GetString(), made.GetProperty("stopSignal").GetString(), made.GetProperty("author").GetString()));
        Assert.Equal(("""["A=b"]""", """["/bin/a"]""", """["b"]""", """["80/tcp"]""", """["/v"]"""), (made.GetProperty("env").GetRawText(), made.GetProperty("entrypoint").GetRawText(), made.GetProperty("command").GetRawText(), made.GetProperty("ports").GetRawText(), made.GetProperty("volumes").GetRawText()));
        Assert.Equal(("<y>", "COPY a", true), (made.GetProperty("labels").GetProperty("x").GetString(), made.GetProperty("history")[0].GetProperty("command").GetString(), made.GetProperty("history")[1].GetProperty("madeNoLayer").GetBoolean()));
        Assert.Equal("sbom application/spdx+json,signature ", string.Join(',', image.GetProperty("referrers").EnumerateArray().Select(referrer => $"{referrer.GetProperty("kind")} {(referrer.TryGetProperty("artifactType", out JsonElement type) ? type : "")}")));
        JsonElement attached = await GetAsync($"images/app@{Digest.Of(sbom)}");
        Assert.Equal((Digest.Of(manifest).ToString(), "application/spdx+json", "[]"), (attached.GetProperty("subject").GetString(), attached.GetProperty("artifactType").GetString(), attached.GetProperty("platforms").GetRawText()));
        Assert.False(attached.TryGetProperty("config", out _));
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("""{"history":[null],"config":null}""")]
    [InlineData("""{"config":{"Env":"A"}}""")]
    public async Task A_configuration_that_says_nothing_hides_no_image(string text)
    {
        byte[] config = Encoding.UTF8.GetBytes(text);
        await client.PushBlobAsync("app", config);
        byte[] manifest = Pushes.Manifest(config);
        (await client.PutManifestAsync("app", "1", manifest)).Dispose();
        Assert.Equal("[]", (await GetAsync("tags/app")).GetProperty("tags")[0].GetProperty("platforms").GetRawText());
        Assert.Equal(Digest.Of(config).ToString(), (await GetAsync("images/app:1")).GetProperty("config").GetProperty("digest").GetString());
    }

    [Fact]
    public async Task A_repository_is_deleted_with_all_in_it_and_nothing_beside_it()
    {
        byte[] layer = Pushes.Random(), image = await client.PushImageAsync("team", "1", layer);
        await client.PushImageAsync("team", null);
        (await client.PutManifestAsync("team", "2", image)).Dispose();
        await client.PushImageAsync("team/app", "1", layer);
        await client.GetByteArrayAsync("/v2/team/manifests/1");
        await registry.Server.SavePullsAsync();
        using HttpResponseMessage gone = await client.DeleteAsync("/keelson/v1/repositories/team");
        Assert.Equal((HttpStatusCode.OK, """{"repository":"team","tags":2,"manifests":2}"""), (gone.StatusCode, await gone.Content.ReadAsStringAsync()));
        Assert.Equal("""{"repositories":["team/app"]}""", await client.GetStringAsync("/v2/_catalog"));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.OK), (await client.HeadAsync("/v2/team/manifests/1"), await client.HeadAsync($"/v2/team/blobs/{Digest.Of(layer)}"), await client.HeadAsync($"/v2/team/app/blobs/{Digest.Of(layer)}")));
        Assert.Null(await registry.Driver.FindAsync(".keelson/pulls/team/_counts"));
        using HttpResponseMessage twice = await client.DeleteAsync("/keelson/v1/repositories/team");
        Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
        time.Advance(TimeSpan.FromHours(2));
        await registry.Server.CollectGarbageAsync(new());
        Assert.Equal(0, (await registry.Server.ScrubAsync(new())).FaultCount);
        // A name is free again.
        Assert.Equal(image, await client.PushImageAsync("team", "1", layer));
        Assert.Equal(0, (await GetAsync("repositories/team")).GetProperty("pulls").GetInt32());
        // Another registry on the same store sees the same.
        await using KeelsonRegistry other = await StartAsync(registry.Driver);
        using HttpClient fresh = other.Client();
        Assert.Equal("""{"repositories":["team","team/app"]}""", await fresh.GetStringAsync("/v2/_catalog"));
    }

    [Fact]
    public async Task Who_listens_hears_of_all_that_goes_with_a_repository()
    {
        Heard heard = new();
        await using KeelsonRegistry own = await KeelsonRegistry.StartAsync(null, new RegistryOptions { AllowsDelete = true, Observers = [heard] });
        using HttpClient user = own.Client();
        byte[] image = await user.PushImageAsync("team/app", "1");
        await user.PushAgainAsync("team/app", "2", image);
        (await user.DeleteAsync("/keelson/v1/repositories/team/app")).EnsureSuccessStatusCode().Dispose();
        Assert.Equal(["team/app:1", "team/app:2", $"team/app@{Digest.Of(image)}", "team/app"], heard.Removed);
    }

    [Fact]
    public async Task A_repository_with_an_immutable_tag_stays_whole()
    {
        byte[] image = await client.PushImageAsync("app", "1");
        (await client.PutManifestAsync("app", "fixed", image)).Dispose();
        using HttpResponseMessage answer = await client.DeleteAsync("/keelson/v1/repositories/app");
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await client.HeadAsync("/v2/app/manifests/1"), await client.HeadAsync("/v2/app/manifests/fixed")));
    }

    [Fact]
    public async Task Pulls_outlive_a_restart_and_add_up()
    {
        byte[] image = await client.PushImageAsync("app", "1"), other = await client.PushImageAsync("app", "2");
        for (int i = 0; i < 3; i++) await client.GetByteArrayAsync("/v2/app/manifests/1");
        await client.GetByteArrayAsync("/v2/app/manifests/2");
        await registry.Server.SavePullsAsync();
        await client.GetByteArrayAsync("/v2/app/manifests/1");
        Assert.Equal("4 1", await PullsAsync(client));
        await registry.Server.SavePullsAsync();
        await registry.Server.SavePullsAsync();
        await using KeelsonRegistry restarted = await StartAsync(registry.Driver);
        using HttpClient fresh = restarted.Client();
        Assert.Equal("4 1", await PullsAsync(fresh));
        await fresh.GetByteArrayAsync("/v2/app/manifests/2");
        Assert.Equal("4 2", await PullsAsync(fresh));
        // What is gone is not kept.
        using HttpResponseMessage gone = await fresh.DeleteAsync($"/v2/app/manifests/{Digest.Of(other)}");
        await fresh.GetByteArrayAsync("/v2/app/manifests/1");
        await restarted.Server.SavePullsAsync();
        string kept = Encoding.ASCII.GetString((await registry.Driver.ReadAsync(".keelson/pulls/app/_counts", 10_000))!.Value.Span);
        Assert.Equal($"{Digest.Of(image)} 5 {time.GetUtcNow().ToUnixTimeSeconds()}\n", kept);
    }

    [Fact]
    public async Task No_pull_is_lost_while_others_are_written_down()
    {
        await client.PushImageAsync("app", "1");
        using CancellationTokenSource stop = new();
        Task saving = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await registry.Server.SavePullsAsync();
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (int i = 0; i < 100; i++) await client.GetByteArrayAsync("/v2/app/manifests/1");
        }));
        await stop.CancelAsync();
        await saving;
        await registry.Server.SavePullsAsync();
        await registry.Server.SavePullsAsync();
        Assert.Equal("400", await PullsAsync(client));
    }

    [Fact]
    public async Task Pulls_that_could_not_be_written_down_are_the_next_time()
    {
        string folder = TestDirectory.Make("pulls");
        try
        {
            await using KeelsonRegistry files = await StartAsync(new FilesystemDriver(folder));
            using HttpClient other = files.Client();
            await other.PushImageAsync("app", "1");
            await other.GetByteArrayAsync("/v2/app/manifests/1");
            // No folder can be made where a file is.
            File.WriteAllText(folder + "/.keelson/pulls", "");
            KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(() => files.Server.SavePullsAsync());
            Assert.Contains("write down the pulls of app", error.Message, StringComparison.Ordinal);
            File.Delete(folder + "/.keelson/pulls");
            await other.GetByteArrayAsync("/v2/app/manifests/1");
            await files.Server.SavePullsAsync();
            Assert.Equal("2", await PullsAsync(other));
            Assert.Contains(" 2 ", File.ReadAllText(folder + "/.keelson/pulls/app/_counts"), StringComparison.Ordinal);
        }
        finally
        {
            TestDirectory.Remove(folder);
        }
    }

    [Fact]
    public async Task Counts_that_a_disk_has_spoilt_count_as_none()
    {
        await client.PushImageAsync("app", "1");
        await registry.Driver.WriteAsync(".keelson/pulls/app/_counts", "sha256:12 3\n\0\0\0 x y z\nsha256:aaaa 99999999999999999999 1\n"u8.ToArray());
        await client.GetByteArrayAsync("/v2/app/manifests/1");
        await registry.Server.SavePullsAsync();
        Assert.Equal("1", await PullsAsync(client));
    }

    private static async Task<string> PullsAsync(HttpClient client)
    {
        using JsonDocument tags = JsonDocument.Parse(await client.GetStringAsync("/keelson/v1/tags/app"));
        return string.Join(' ', tags.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetProperty("pulls").GetInt64()));
    }

    private static (string Names, string? Next) Names(JsonElement page) =>
        (string.Join(' ', page.GetProperty("repositories").EnumerateArray().Select(repository => repository.GetProperty("name").GetString())), page.TryGetProperty("next", out JsonElement next) ? next.GetString() : null);

    private Task<KeelsonRegistry> StartAsync(IStorageDriver driver) =>
        KeelsonRegistry.StartAsync(driver, new RegistryOptions { AllowsDelete = true, Store = new() { Time = time }, IsImmutable = (_, tag) => tag == "fixed" });

    private async Task<JsonElement> GetAsync(string path)
    {
        using JsonDocument document = JsonDocument.Parse(await client.GetStringAsync("/keelson/v1/" + path));
        return document.RootElement.Clone();
    }

    /// <summary>What was followed is what another registry counts.</summary>
    private async Task SizesAgreeAsync(string repository, bool isThere)
    {
        using HttpResponseMessage answer = await client.GetAsync($"/keelson/v1/repositories/{repository}");
        Assert.Equal(isThere ? HttpStatusCode.OK : HttpStatusCode.NotFound, answer.StatusCode);
        if (!isThere) return;
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(await SizeAsync(repository), document.RootElement.GetProperty("bytes").GetInt64());
    }

    /// <summary>What the links of a repository lead to, each once.</summary>
    private async Task<long> SizeAsync(string repository)
    {
        long bytes = 0;
        foreach (string kind in (string[])["_layers", "_manifests/revisions"])
            foreach (string hex in await registry.Driver.ListAsync($"docker/registry/v2/repositories/{repository}/{kind}/sha256"))
                bytes += (await registry.Driver.FindAsync($"docker/registry/v2/blobs/sha256/{hex[..2]}/{hex}/data"))!.Value.Length;
        return bytes;
    }
}
