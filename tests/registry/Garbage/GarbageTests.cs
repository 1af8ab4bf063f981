using System.Net;
using Keelson.Oci;
using Keelson.Registry.Garbage;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Garbage;

/// <summary>What goes, and what stays.</summary>
public sealed class GarbageTests : IAsyncLifetime
{
    private const string Place = "team/app";
    private readonly TestClock time = new();
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await KeelsonRegistry.StartAsync(new MemoryDriver(time), new RegistryOptions { AllowsDelete = true, Store = new() { Time = time } });
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task What_a_tag_leads_to_stays()
    {
        byte[] layer = Pushes.Random(), manifest = await client.PushImageAsync(Place, "1", layer);
        time.Advance(TimeSpan.FromDays(1));
        GarbageReport report = await registry.Server.CollectGarbageAsync(new() { RemovesUntagged = true });
        Assert.Empty(report.Blobs);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await client.HeadAsync($"/v2/{Place}/manifests/1"), await client.HeadAsync($"/v2/{Place}/blobs/{Digest.Of(layer)}")));
        Assert.Equal(manifest, await client.GetByteArrayAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task A_blob_that_no_manifest_names_goes_when_its_lease_is_over()
    {
        Digest blob = await client.PushBlobAsync(Place, Pushes.Random());
        Assert.Empty((await registry.Server.CollectGarbageAsync(new())).Blobs);
        time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await registry.Server.CollectGarbageAsync(new());
        Assert.Equal((1, blob, 100), (report.Links, Assert.Single(report.Blobs), report.Bytes));
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync($"/v2/{Place}/blobs/{blob}"));
    }

    [Fact]
    public async Task A_blob_that_a_client_was_told_of_stays_for_another_lease()
    {
        Digest blob = await client.PushBlobAsync(Place, Pushes.Random());
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/blobs/{blob}"));
        Assert.Empty((await registry.Server.CollectGarbageAsync(new())).Blobs);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Single((await registry.Server.CollectGarbageAsync(new())).Blobs);
    }

    [Fact]
    public async Task A_blob_stays_as_long_as_one_repository_names_it()
    {
        byte[] layer = Pushes.Random();
        byte[] manifest = await client.PushImageAsync(Place, "1", layer);
        await client.PushImageAsync("other", "1", layer);
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{Place}/manifests/{Digest.Of(manifest)}");
        time.Advance(TimeSpan.FromHours(2));
        await registry.Server.CollectGarbageAsync(new());
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (await client.HeadAsync($"/v2/{Place}/blobs/{Digest.Of(layer)}"), await client.HeadAsync($"/v2/other/blobs/{Digest.Of(layer)}")));
    }

    [Fact]
    public async Task A_deleted_manifest_goes_with_what_it_alone_named()
    {
        byte[] layer = Pushes.Random(), manifest = await client.PushImageAsync(Place, "1", layer);
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{Place}/manifests/{Digest.Of(manifest)}");
        time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await registry.Server.CollectGarbageAsync(new());
        Assert.Equal(3, report.Blobs.Count);
        Assert.Contains(Digest.Of(manifest), report.Blobs);
    }

    [Fact]
    public async Task Without_tags_manifests_stay_unless_it_is_said_otherwise()
    {
        byte[] manifest = await client.PushImageAsync(Place, null);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Empty((await registry.Server.CollectGarbageAsync(new())).Manifests);
        GarbageReport report = await registry.Server.CollectGarbageAsync(new() { RemovesUntagged = true });
        Assert.Equal([(Place, Digest.Of(manifest))], report.Manifests);
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(manifest)}"));
    }

    [Fact]
    public async Task The_parts_of_a_tagged_index_and_what_is_attached_to_them_stay()
    {
        byte[] part = await client.PushImageAsync(Place, null), note = Pushes.Random();
        using HttpResponseMessage index = await client.PutManifestAsync(Place, "1", Pushes.Index(part), MediaTypes.OciIndex);
        await client.PushBlobAsync(Place, note);
        await client.PushBlobAsync(Place, "{}"u8.ToArray());
        byte[] signature = Pushes.Attached(part, "text/signature", note);
        using HttpResponseMessage attached = await client.PutManifestAsync(Place, Digest.Of(signature).ToString(), signature);
        time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await registry.Server.CollectGarbageAsync(new() { RemovesUntagged = true });
        Assert.Equal((0, 0), (report.Manifests.Count, report.Blobs.Count));
    }

    [Fact]
    public async Task A_trial_tells_and_removes_nothing()
    {
        Digest blob = await client.PushBlobAsync(Place, Pushes.Random());
        byte[] manifest = await client.PushImageAsync(Place, null);
        time.Advance(TimeSpan.FromHours(2));
        GarbageReport report = await registry.Server.CollectGarbageAsync(new() { RemovesUntagged = true, IsTrial = true });
        Assert.Equal((1, 4), (report.Manifests.Count, report.Blobs.Count));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await client.HeadAsync($"/v2/{Place}/blobs/{blob}"), await client.HeadAsync($"/v2/{Place}/manifests/{Digest.Of(manifest)}")));
    }

    [Fact]
    public async Task A_repository_with_a_damaged_manifest_keeps_what_it_has()
    {
        byte[] layer = Pushes.Random(), manifest = await client.PushImageAsync(Place, "1", layer);
        Digest digest = Digest.Of(manifest);
        await registry.Driver.WriteAsync($"docker/registry/v2/blobs/sha256/{digest.Hex[..2]}/{digest.Hex}/data", "damaged"u8.ToArray());
        // Another registry on the same store has nothing of it in memory.
        await using KeelsonRegistry fresh = await KeelsonRegistry.StartAsync(registry.Driver, new RegistryOptions { Store = new() { Time = time } });
        time.Advance(TimeSpan.FromDays(1));
        Assert.Empty((await fresh.Server.CollectGarbageAsync(new() { RemovesUntagged = true })).Blobs);
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync($"/v2/{Place}/blobs/{Digest.Of(layer)}"));
    }

    [Fact]
    public async Task Pushes_that_nobody_went_on_with_are_given_up()
    {
        using HttpResponseMessage begun = await client.PostAsync($"/v2/{Place}/blobs/uploads/", null);
        Assert.Equal(0, await registry.Server.PurgeUploadsAsync());
        time.Advance(TimeSpan.FromHours(169));
        Assert.Equal(1, await registry.Server.PurgeUploadsAsync());
        using HttpResponseMessage answer = await client.GetAsync(begun.Headers.Location);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(await registry.Driver.ListAsync($"docker/registry/v2/repositories/{Place}/_uploads"));
    }

    [Fact]
    public async Task A_push_that_is_just_being_begun_is_not_given_up()
    {
        const string Begun = $"docker/registry/v2/repositories/{Place}/_uploads/9a0b3a3e-9f5c-4a52-8a55-2f1cbd4ba1f2/startedat";
        await registry.Driver.WriteAsync(Begun, ReadOnlyMemory<byte>.Empty);
        Assert.Equal(0, await registry.Server.PurgeUploadsAsync());
        time.Advance(TimeSpan.FromHours(169));
        Assert.Equal(1, await registry.Server.PurgeUploadsAsync());
    }

    [Fact]
    public async Task A_damaged_manifest_is_removed_as_others_are_and_hides_none()
    {
        byte[] subject = await client.PushImageAsync(Place, "1"), damaged = await client.PushImageAsync(Place, "2"), note = Pushes.Random();
        await client.PushBlobAsync(Place, note);
        await client.PushBlobAsync(Place, "{}"u8.ToArray());
        using HttpResponseMessage attached = await client.PutManifestAsync(Place, "note", Pushes.Attached(subject, "text/note", note));
        Digest digest = Digest.Of(damaged);
        await registry.Driver.WriteAsync($"docker/registry/v2/blobs/sha256/{digest.Hex[..2]}/{digest.Hex}/data", "damaged"u8.ToArray());
        await using KeelsonRegistry fresh = await KeelsonRegistry.StartAsync(registry.Driver, new RegistryOptions { AllowsDelete = true, Store = new() { Time = time } });
        using HttpClient other = fresh.Client();

        Assert.Contains("text/note", await other.GetStringAsync($"/v2/{Place}/referrers/{Digest.Of(subject)}"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, await other.HeadAsync($"/v2/{Place}/manifests/2"));
        using HttpResponseMessage gone = await other.DeleteAsync($"/v2/{Place}/manifests/{digest}");
        Assert.Equal(HttpStatusCode.Accepted, gone.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, await other.HeadAsync($"/v2/{Place}/manifests/2"));
    }
}
