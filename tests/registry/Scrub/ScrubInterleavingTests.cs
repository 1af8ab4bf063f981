using System.Globalization;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Garbage;
using Keelson.Registry.Scrub;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Registry.Tests.Garbage;

namespace Keelson.Registry.Tests.Scrub;

/// <summary>A scrub that repairs beside a push, a delete and a collection, each of which stops once at each of its calls of the store: nothing that is right is called damaged, and nothing is lost.</summary>
public class ScrubInterleavingTests
{
    private const string Place = "team/app";

    public static TheoryData<string> Others => new("push", "delete", "collect");

    [Theory]
    [MemberData(nameof(Others))]
    public async Task What_others_have_half_done_is_no_fault(string other)
    {
        int interleavings = 0;
        bool isGoing = true;
        for (int scrubStop = 0; isGoing; scrubStop++)
        {
            bool isOtherGoing = true;
            for (int otherStop = 0; isOtherGoing; otherStop += 2)
            {
                (isGoing, isOtherGoing) = await RunAsync(other, scrubStop, otherStop);
                interleavings++;
            }
        }
        Assert.InRange(interleavings, 30, 50_000);
    }

    private static async Task<(bool Scrub, bool Other)> RunAsync(string other, int scrubStop, int otherStop)
    {
        TestClock time = new();
        await using MemoryDriver memory = new(time);
        await using InterleavedDriver driver = new(memory);
        RegistryStoreOptions options = new() { Time = time };
        await using LocalCoordinator coordinator = new();
        LinkFiles links = new(driver);
        using RepositoryCatalog catalog = new(driver, coordinator);
        BlobStore blobs = new(driver, links, coordinator, options);
        using UploadStore uploads = new(driver, blobs, coordinator, options);
        ManifestStore manifests = new(driver, links, blobs, catalog, coordinator, options);
        RegistryCollector collector = new(driver, links, blobs, manifests, catalog, coordinator, options);
        RegistryScrubber scrubber = new(driver, links, blobs, manifests, catalog, options);
        byte[] layer = Encoding.ASCII.GetBytes("a layer"), config = Encoding.ASCII.GetBytes("""{"os":"linux"}"""), manifest = Pushes.Manifest(config, layer);
        async Task PushAsync()
        {
            foreach (byte[] blob in (byte[][])[layer, config])
            {
                UploadSession session = await uploads.CreateAsync(Place, "sha256", default);
                await uploads.EnterAsync(session, default);
                await uploads.AppendAsync(session, System.IO.Pipelines.PipeReader.Create(new MemoryStream(blob)), long.MaxValue, default);
                await uploads.FinishAsync(session, Digest.Of(blob), default);
            }
            await manifests.PutAsync(Place, StoredManifest.Parse(Digest.Of(manifest), manifest, null), ["1"], _ => ValueTask.CompletedTask, default);
        }
        if (other != "push") await PushAsync();
        time.Advance(TimeSpan.FromHours(2));
        List<ScrubFinding> findings = [];
        (bool, bool) went = await InterleavedDriver.RunAsync(
            () => scrubber.ScrubAsync(new() { Repairs = true }, null, findings.Add, default), scrubStop,
            () => other switch
            {
                "push" => PushAsync(),
                "delete" => manifests.RemoveAsync(Place, Digest.Of(manifest), _ => { }, default),
                _ => collector.CollectAsync(new() { RemovesUntagged = true }, default),
            }, otherStop);
        string where = string.Create(CultureInfo.InvariantCulture, $"{other}, scrub stops at {scrubStop}, the other at {otherStop}");
        Assert.True(findings.Count == 0, $"{where}: {string.Join("; ", findings)}");
        if (other == "delete") Assert.True(await manifests.ResolveAsync(Place, "1", default) is null, where);
        else
        {
            Assert.True(await manifests.FindAsync(Place, Digest.Of(manifest), default) is not null, where);
            foreach (byte[] blob in (byte[][])[layer, config]) Assert.Equal(blob, (await blobs.ReadAsync(Place, Digest.Of(blob), 1000, default))!.Value.ToArray());
        }
        return went;
    }
}
