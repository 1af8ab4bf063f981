using System.Net;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Auth;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Limits;

/// <summary>Pushes of more than a repository, or the registry, may hold.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await StartAsync(new MemoryDriver());
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task What_fits_is_taken_and_the_rest_refused_with_its_reason()
    {
        await client.PushImageAsync("small/a", "1", Pushes.Random(6000));
        using HttpResponseMessage answer = await PushAsync("small/a", Pushes.Random(5000));
        await DeniedAsync(answer, "quota exceeded: ");
        await client.PushBlobAsync("small/a", Pushes.Random(2000));
        await client.PushImageAsync("small/b", "1", Pushes.Random(6000));
        await client.PushImageAsync("large", "1", Pushes.Random(20_000));
    }

    [Fact]
    public async Task What_a_repository_has_already_costs_nothing()
    {
        byte[] layer = Pushes.Random(9000), image = await client.PushImageAsync("small/a", "1", layer);
        Assert.Equal(image, await client.PushImageAsync("small/a", "2", layer));
    }

    [Fact]
    public async Task What_was_deleted_makes_room()
    {
        Digest first = await client.PushBlobAsync("small/a", Pushes.Random(9000));
        using HttpResponseMessage full = await PushAsync("small/a", Pushes.Random(9000)), gone = await client.DeleteAsync($"/v2/small/a/blobs/{first}");
        Assert.Equal(HttpStatusCode.Forbidden, full.StatusCode);
        await client.PushBlobAsync("small/a", Pushes.Random(9000));
    }

    [Fact]
    public async Task What_was_there_before_the_start_counts()
    {
        await client.PushBlobAsync("small/a", Pushes.Random(9000));
        await using KeelsonRegistry again = await StartAsync(registry.Driver);
        using HttpClient fresh = again.Client();
        byte[] more = Pushes.Random(9000);
        using HttpResponseMessage answer = await fresh.PostAsync($"/v2/small/a/blobs/uploads/?digest={Digest.Of(more)}", new ByteArrayContent(more));
        await DeniedAsync(answer, "quota exceeded: ");
    }

    [Fact]
    public async Task A_mount_counts()
    {
        byte[] layer = Pushes.Random(11_000);
        await client.PushBlobAsync("large", layer);
        using HttpResponseMessage answer = await client.PostAsync($"/v2/small/a/blobs/uploads/?mount={Digest.Of(layer)}&from=large", null);
        await DeniedAsync(answer, "quota exceeded: small/a may hold 10000 bytes, of which 0 are taken, and 11000 more are pushed");
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync($"/v2/small/a/blobs/{Digest.Of(layer)}"));
    }

    [Fact]
    public async Task A_manifest_counts()
    {
        byte[] config = "{}"u8.ToArray();
        await client.PushBlobAsync("small/a", config);
        await client.PushBlobAsync("small/a", Pushes.Random(9900));
        using HttpResponseMessage answer = await client.PutManifestAsync("small/a", "1", Pushes.Manifest(config));
        await DeniedAsync(answer, "quota exceeded: ");
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync("/v2/small/a/manifests/1"));
    }

    [Fact]
    public async Task A_push_in_chunks_is_refused_beyond_the_quota_and_where_the_room_has_gone_and_leaves_nothing()
    {
        using HttpResponseMessage begun = await client.PostAsync("/v2/small/a/blobs/uploads/", null);
        string upload = begun.Headers.Location!.ToString();
        byte[] content = Pushes.Random(9000);
        using HttpResponseMessage first = await client.PatchAsync(upload, new ByteArrayContent(content)), second = await client.PatchAsync(upload, new ByteArrayContent(content));
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        await DeniedAsync(second, "quota exceeded: small/a may hold 10000 bytes, and the blob alone is longer");
        using HttpResponseMessage cancelled = await client.DeleteAsync(upload), other = await client.PostAsync("/v2/small/a/blobs/uploads/", null);
        upload = other.Headers.Location!.ToString();
        using HttpResponseMessage sent = await client.PatchAsync(upload, new ByteArrayContent(content));
        await client.PushBlobAsync("small/a", Pushes.Random(5000));
        // There was room when it was sent, and is none when it ends.
        using HttpResponseMessage ended = await client.PutAsync($"{upload}?digest={Digest.Of(content)}", null);
        await DeniedAsync(ended, "quota exceeded: ");
        Assert.Empty(await registry.Driver.ListAsync("docker/registry/v2/repositories/small/a/_uploads"));
    }

    [Fact]
    public async Task Of_pushes_at_once_only_so_many_succeed_as_there_is_room_for()
    {
        HttpStatusCode[] statuses = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using HttpResponseMessage answer = await PushAsync("small/a", Pushes.Random(3000));
            return answer.StatusCode;
        }));
        Assert.Equal((3, 17), (statuses.Count(status => status == HttpStatusCode.Created), statuses.Count(status => status == HttpStatusCode.Forbidden)));
    }

    [Fact]
    public async Task Tags_are_counted()
    {
        byte[] image = await client.PushImageAsync("few", "1");
        using HttpResponseMessage second = await client.PutManifestAsync("few", "2", image), third = await client.PutManifestAsync("few", "3", image), again = await client.PutManifestAsync("few", "1", image),
            many = await client.PutManifestAsync("few", $"{Digest.Of(image)}?tag=1&tag=4", image), none = await client.PutManifestAsync("few", Digest.Of(image).ToString(), image);
        await DeniedAsync(third, "quota exceeded: few may have 2 tags, and has 2");
        await DeniedAsync(many, "quota exceeded: few may have 2 tags, and has 2");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.Created), (second.StatusCode, again.StatusCode, none.StatusCode));
    }

    [Fact]
    public async Task The_whole_registry_has_a_limit_in_which_content_counts_once()
    {
        byte[] layer = Pushes.Random(30_000);
        foreach (string name in (string[])["a", "b", "c"]) await client.PushBlobAsync(name, layer);
        using HttpResponseMessage full = await PushAsync("d", Pushes.Random(30_000));
        await DeniedAsync(full, "quota exceeded: the registry may hold 50000 bytes");
        foreach (string name in (string[])["a", "b", "c"]) (await client.DeleteAsync($"/v2/{name}/blobs/{Digest.Of(layer)}")).Dispose();
        await registry.Server.CollectGarbageAsync(new() { MinAge = TimeSpan.Zero });
        await client.PushBlobAsync("d", Pushes.Random(30_000));
    }

    [Fact]
    public async Task Skopeo_tells_the_reason()
    {
        Programs.Need("skopeo");
        await client.PushImageAsync("large", "1", Pushes.Random(15_000));
        CommandResult copied = ChildProcess.Run(["skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", $"docker://{registry.Name}/large:1", $"docker://{registry.Name}/small/a:1"], new() { Limit = TimeSpan.FromSeconds(60) });
        Assert.NotEqual(0, copied.ExitCode);
        Assert.Contains("quota exceeded", copied.Stderr, StringComparison.Ordinal);
    }

    private static Task<KeelsonRegistry> StartAsync(IStorageDriver driver) => KeelsonRegistry.StartAsync(driver, new RegistryOptions
    {
        AllowsDelete = true, QuotaBytes = 50_000,
        Quotas = [new() { Repositories = [RepositoryPattern.Parse("small/*")], Bytes = 10_000 }, new() { Repositories = [RepositoryPattern.Parse("few")], Tags = 2 }],
    });

    private Task<HttpResponseMessage> PushAsync(string repository, byte[] content) => client.PostAsync($"/v2/{repository}/blobs/uploads/?digest={Digest.Of(content)}", new ByteArrayContent(content));

    private static async Task DeniedAsync(HttpResponseMessage answer, string message)
    {
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        JsonElement error = document.RootElement.GetProperty("errors")[0];
        Assert.Equal("DENIED", error.GetProperty("code").GetString());
        Assert.StartsWith(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
