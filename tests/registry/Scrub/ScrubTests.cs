using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Keelson.Oci;
using Keelson.Registry.Scrub;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Tests.Scrub;

/// <summary>What a scrub finds in a store of files that is damaged by hand, and what it makes of it.</summary>
public sealed class ScrubTests : IAsyncLifetime
{
    private const string Place = "team/app", Root = "docker/registry/v2";
    private readonly string folder = TestDirectory.Make("scrub");
    private KeelsonRegistry registry = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        registry = await KeelsonRegistry.StartAsync(new FilesystemDriver(folder), new RegistryOptions { AllowsDelete = true, IsImmutable = (_, tag) => tag == "fixed" });
        client = registry.Client();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await registry.DisposeAsync();
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task A_store_without_damage_has_no_findings_and_is_counted()
    {
        byte[] layer = Pushes.Random(300_000);
        byte[] image = await client.PushImageAsync(Place, "1", layer), other = await client.PushImageAsync("other", "1", layer);
        using HttpResponseMessage index = await client.PutManifestAsync(Place, "all", Pushes.Index(image), MediaTypes.OciIndex);
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal((0L, 2, 3, 3), (report.FaultCount, report.Repositories, report.Manifests, report.Tags));
        Assert.Equal(image, other);
        Assert.Equal(4, report.Contents);
        Assert.InRange(report.Bytes, 300_000, 310_000);
        Assert.Empty(Quarantined());
    }

    [Fact]
    public async Task Damaged_content_of_the_same_length_is_found_and_left_without_repair()
    {
        byte[] layer = Pushes.Random();
        await client.PushImageAsync(Place, "1", layer);
        Damage(layer);
        ScrubReport report = await registry.Server.ScrubAsync(new());
        ScrubFinding finding = Assert.Single(report.Findings);
        Assert.Equal((ScrubFault.DamagedContent, Digest.Of(layer), false), (finding.Fault, finding.Digest!.Value, finding.IsRepaired));
        Assert.Equal(HttpStatusCode.OK, await client.HeadAsync(BlobUrl(layer)));
        Assert.Empty(Quarantined());
    }

    [Fact]
    public async Task Damaged_content_is_put_aside_and_the_next_push_heals_it()
    {
        byte[] layer = Pushes.Random();
        await client.PushImageAsync(Place, "1", layer);
        Damage(layer);
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal([ScrubFault.DamagedContent, ScrubFault.DeadBlob, ScrubFault.MissingPart], report.Findings.Select(finding => finding.Fault));
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync(BlobUrl(layer)));
        Assert.StartsWith(Digest.Of(layer).Hex, Path.GetFileName(Assert.Single(Quarantined())), StringComparison.Ordinal);
        await client.PushBlobAsync(Place, layer);
        Assert.Equal(layer, await client.GetByteArrayAsync(BlobUrl(layer)));
        Assert.Equal(0, (await registry.Server.ScrubAsync(new())).FaultCount);
        // What was put aside is not content: neither a collection nor the catalog looks at it.
        await registry.Server.CollectGarbageAsync(new() { MinAge = TimeSpan.Zero });
        Assert.Single(Quarantined());
        Assert.Equal($$"""{"repositories":["{{Place}}"]}""", await client.GetStringAsync("/v2/_catalog"));
    }

    [Fact]
    public async Task A_push_replaces_damaged_content_that_no_scrub_has_seen()
    {
        byte[] layer = Pushes.Random(), manifest = await client.PushImageAsync(Place, "1", layer);
        Damage(layer);
        Damage(manifest);
        await client.PushBlobAsync("other", layer);
        using HttpResponseMessage again = await client.PutManifestAsync(Place, "1", manifest);
        Assert.Equal(layer, await client.GetByteArrayAsync(BlobUrl(layer)));
        Assert.Equal(manifest, File.ReadAllBytes(DataFile(manifest)));
    }

    [Fact]
    public async Task A_damaged_manifest_that_is_in_memory_is_written_again()
    {
        byte[] manifest = await client.PushImageAsync(Place, "1");
        Damage(manifest);
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal(ScrubFault.DamagedContent, Assert.Single(report.Findings).Fault);
        Assert.Equal(manifest, File.ReadAllBytes(DataFile(manifest)));
    }

    [Fact]
    public async Task A_manifest_that_is_gone_goes_with_its_tags_but_not_with_those_that_are_immutable()
    {
        byte[] manifest = await client.PushImageAsync(Place, "1");
        using HttpResponseMessage tagged = await client.PutManifestAsync(Place, "fixed", manifest);
        File.Delete(DataFile(manifest));
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal([(ScrubFault.DeadManifest, null, true), (ScrubFault.DeadTag, "1", true), (ScrubFault.DeadTag, "fixed", false)],
            report.Findings.Select(finding => (finding.Fault, finding.Tag, finding.IsRepaired)).Order());
        Assert.Equal("""["fixed"]""", await TagsAsync());
        // The same image may come back under it, and nothing else.
        Assert.Equal(manifest, await client.PushAgainAsync(Place, "fixed", manifest));
        Assert.Equal(0, (await registry.Server.ScrubAsync(new())).FaultCount);
    }

    [Fact]
    public async Task A_link_that_was_cut_off_is_written_again_where_there_is_content_and_goes_where_there_is_none()
    {
        byte[] layer = Pushes.Random(), lost = Pushes.Random();
        await client.PushImageAsync(Place, "1", layer);
        await client.PushBlobAsync(Place, lost);
        File.WriteAllText(LinkFile("_layers", layer), "");
        File.WriteAllText(LinkFile("_layers", lost), "sha256:");
        File.Delete(DataFile(lost));
        Assert.Equal(HttpStatusCode.NotFound, await client.HeadAsync(BlobUrl(layer)));
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal([ScrubFault.BrokenLink, ScrubFault.DeadBlob], report.Findings.Select(finding => finding.Fault).Order());
        Assert.Equal(layer, await client.GetByteArrayAsync(BlobUrl(layer)));
        Assert.False(Directory.Exists(Path.GetDirectoryName(LinkFile("_layers", lost))));
    }

    [Fact]
    public async Task A_tag_that_says_nothing_goes()
    {
        byte[] manifest = await client.PushImageAsync(Place, "1");
        string tag = $"{folder}/{Root}/repositories/{Place}/_manifests/tags/half";
        Directory.CreateDirectory(tag + "/current");
        File.WriteAllText(tag + "/current/link", "sha256:1234");
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal((ScrubFault.BrokenLink, "half"), (Assert.Single(report.Findings).Fault, report.Findings[0].Tag));
        Assert.False(Directory.Exists(tag));
        Assert.Equal(manifest, await client.GetByteArrayAsync($"/v2/{Place}/manifests/1"));
    }

    [Fact]
    public async Task Parts_that_are_missing_are_told_and_stay_missing()
    {
        byte[] layer = Pushes.Random(), other = Pushes.Random(), image = await client.PushImageAsync(Place, null, layer);
        using HttpResponseMessage index = await client.PutManifestAsync(Place, "all", Pushes.Index(image), MediaTypes.OciIndex);
        using HttpResponseMessage gone = await client.DeleteAsync($"/v2/{Place}/manifests/{Digest.Of(image)}"), blob = await client.DeleteAsync(BlobUrl(layer));
        await client.PushImageAsync(Place, "2", other);
        using HttpResponseMessage unlinked = await client.DeleteAsync(BlobUrl(other));
        ScrubReport report = await registry.Server.ScrubAsync(new() { Repairs = true });
        Assert.Equal(2, report.Findings.Count(finding => finding is { Fault: ScrubFault.MissingPart, IsRepaired: false }));
        Assert.Equal("""["2","all"]""", await TagsAsync());
    }

    [Fact]
    public async Task Reading_keeps_to_its_rate()
    {
        await client.PushBlobAsync(Place, Pushes.Random(1 << 20));
        Stopwatch watch = Stopwatch.StartNew();
        await registry.Server.ScrubAsync(new() { BytesPerSecond = 2 << 20 });
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(0.45), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_report_is_text_and_JSON()
    {
        byte[] layer = Pushes.Random();
        await client.PushImageAsync(Place, "1", layer);
        Damage(layer);
        ScrubReport report = await registry.Server.ScrubAsync(new());
        Assert.Equal($"content {Digest.Of(layer)}: its 100 bytes have another digest\n3 pieces of content, {report.Bytes} bytes, 1 repositories, 1 manifests, 1 tags: 1 faults, 0 repaired\n", report.ToText());
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(("damagedContent", Digest.Of(layer).ToString(), 1), (json.RootElement.GetProperty("findings")[0].GetProperty("fault").GetString(),
            json.RootElement.GetProperty("findings")[0].GetProperty("digest").GetString(), json.RootElement.GetProperty("faults").GetInt32()));
    }

    private static string BlobUrl(byte[] content) => $"/v2/{Place}/blobs/{Digest.Of(content)}";

    private async Task<string> TagsAsync()
    {
        using JsonDocument tags = JsonDocument.Parse(await client.GetStringAsync($"/v2/{Place}/tags/list"));
        return tags.RootElement.GetProperty("tags").GetRawText();
    }

    private string DataFile(byte[] content) => $"{folder}/{Root}/blobs/sha256/{Digest.Of(content).Hex[..2]}/{Digest.Of(content).Hex}/data";

    private string LinkFile(string kind, byte[] content) => $"{folder}/{Root}/repositories/{Place}/{kind}/sha256/{Digest.Of(content).Hex}/link";

    private void Damage(byte[] content)
    {
        byte[] other = [.. content];
        other[^1] ^= 1;
        File.WriteAllBytes(DataFile(content), other);
    }

    private string[] Quarantined() => Directory.Exists(folder + "/.keelson/quarantine") ? Directory.GetFiles(folder + "/.keelson/quarantine", "*", SearchOption.AllDirectories) : [];
}
