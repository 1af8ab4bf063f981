using Keelson.Oci;

namespace Keelson.Content.Tests;

public sealed class ScrubTests : StoreTest
{
    [Fact]
    public async Task A_sound_store_has_no_findings()
    {
        await PutAsync([1, 2, 3]);
        await PutAsync([4]);
        ScrubReport report = await Database.Scrubber.RunAsync(1 << 30);
        Assert.Equal((2, 4L), (report.Blobs, report.Bytes));
        Assert.Empty(report.Findings);
    }

    [Fact]
    public async Task Damage_is_found_set_aside_and_can_be_written_anew()
    {
        byte[] data = [1, 2, 3];
        Digest digest = await PutAsync(data, space: "a");
        await PutAsync(data, space: "b");
        File.WriteAllBytes(BlobFiles[0], [1, 2, 4]);
        ScrubFinding finding = Assert.Single((await Database.Scrubber.RunAsync()).Findings);
        Assert.Equal((digest, ScrubProblem.Content), (finding.Digest, finding.Problem));
        Assert.Equal(["a", "b"], finding.Namespaces);
        Assert.Equal([1, 2, 4], File.ReadAllBytes(finding.Quarantine!));
        Fails(ErrorKind.NotFound, () => Database.Content("a").Info(digest));
        await PutAsync(data, space: "a");
        Assert.Empty((await Database.Scrubber.RunAsync()).Findings);
    }

    [Fact]
    public async Task A_missing_blob_is_told_when_opening_and_repaired()
    {
        Digest digest = await PutAsync([1, 2, 3]);
        File.Delete(BlobFiles[0]);
        await ReopenAsync();
        Assert.Equal([digest], Database.Recovery.MissingBlobs);
        Assert.Equal(ScrubProblem.Missing, Assert.Single((await Database.Scrubber.RunAsync(repair: false)).Findings).Problem);
        Assert.Equal(3, Database.Content("default").Info(digest).Size);
        await Database.Scrubber.RunAsync();
        Fails(ErrorKind.NotFound, () => Database.Content("default").Info(digest));
        await PutAsync([1, 2, 3]);
    }

    [Fact]
    public async Task A_blob_of_another_length_is_found()
    {
        await PutAsync([1, 2, 3]);
        File.AppendAllText(BlobFiles[0], "x");
        Assert.Equal(ScrubProblem.Length, Assert.Single((await Database.Scrubber.RunAsync()).Findings).Problem);
    }

    [Fact]
    public async Task What_a_crash_left_is_removed_when_opening()
    {
        Digest digest = await PutAsync([1]);
        await Database.DisposeAsync();
        byte[] stray = [9, 9];
        File.WriteAllBytes($"{Root}/blobs/sha256/{Digest.Of(stray).Hex}", stray);
        File.WriteAllBytes(Root + "/ingests/77", stray);
        File.WriteAllBytes(Root + "/metadata/checkpoint-5.tmp", stray);
        await ReopenAsync();
        Assert.Equal([Digest.Of(stray)], Database.Recovery.RemovedBlobs);
        Assert.Equal(1, Database.Recovery.RemovedIngests);
        Assert.EndsWith(digest.Hex, Assert.Single(BlobFiles), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Root + "/ingests"));
        Assert.Empty(Directory.GetFiles(Root + "/metadata", "*.tmp"));
    }
}
