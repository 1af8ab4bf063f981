using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>The store on disk.</summary>
public sealed class ContentStoreTests : ContentStoreConformance
{
    private static readonly byte[] Data = "some bytes"u8.ToArray();

    protected override IContentStore Store => Database.Content("default");

    [Fact]
    public async Task Committed_content_is_there_after_opening_again()
    {
        Digest digest = await PutAsync(Data, LabelSet.Of(("a", "1")));
        ContentInfo before = Store.Info(digest);
        await ReopenAsync();
        Assert.Equal(before, Store.Info(digest));
        using ContentReader reader = Store.OpenReader(digest);
        Assert.Equal(Data, reader.ReadAll());
    }

    [Fact]
    public async Task An_ingest_goes_on_after_opening_again()
    {
        using (IContentWriter writer = await Store.OpenWriterAsync("r", Data.Length)) writer.Write(Data.AsSpan(0, 4));
        await ReopenAsync();
        using IContentWriter second = await Store.OpenWriterAsync("r", Data.Length);
        Assert.Equal(4, second.Offset);
        second.Write(Data.AsSpan(4));
        await second.CommitAsync(Data.Length, Digest.Of(Data));
    }

    [Fact]
    public async Task Damaged_content_is_DataLoss_to_who_reads_it()
    {
        Digest digest = await PutAsync(Data);
        File.WriteAllBytes(BlobFiles[0], new byte[Data.Length]);
        using ContentReader reader = Store.OpenReader(digest);
        Fails(ErrorKind.DataLoss, () => reader.ReadAll());
        await FailsAsync(ErrorKind.DataLoss, () => reader.CopyToAsync(Stream.Null));
        File.WriteAllBytes(BlobFiles[0], new byte[Data.Length + 1]);
        Fails(ErrorKind.DataLoss, () => Store.OpenReader(digest));
        File.Delete(BlobFiles[0]);
        Fails(ErrorKind.DataLoss, () => Store.OpenReader(digest));
    }

    [Fact]
    public void Directories_are_for_the_owner_alone() =>
        Assert.All([Root, .. Directory.GetDirectories(Root, "*", SearchOption.AllDirectories)], path => Assert.Equal(0b111_000_000u, ModeOf(path)));

    [Fact]
    public async Task CVE_2021_41103_an_open_directory_of_an_older_store_is_closed()
    {
        string old = TestDirectory.Make("old");
        TestDirectory.SetMode(old, 0b111_111_111);
        await MetadataDatabase.Open(new(old)).DisposeAsync();
        Assert.Equal(0b111_000_000u, ModeOf(old));
        TestDirectory.Remove(old);
    }

    [Fact]
    public void A_store_is_open_once() => Fails(ErrorKind.Unavailable, () => MetadataDatabase.Open(Options));

    [Fact]
    public async Task A_namespace_that_is_no_identifier_is_InvalidArgument()
    {
        Fails(ErrorKind.InvalidArgument, () => Database.Content("../x"));
        await FailsAsync(ErrorKind.InvalidArgument, () => Store.OpenWriterAsync(""));
        await FailsAsync(ErrorKind.InvalidArgument, () => Store.OpenWriterAsync("a\0b"));
    }

    private static uint ModeOf(string path)
    {
        Files.TryStatus(path, out FileStatus status).ThrowIfError("stat", path);
        return status.Mode & 0xfff;
    }
}
