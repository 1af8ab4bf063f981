using Keelson.Oci;

namespace Keelson.Content.Tests;

public sealed class SharingTests : StoreTest
{
    private static readonly byte[] Data = "shared bytes"u8.ToArray();

    [Fact]
    public async Task Content_of_another_namespace_is_committed_without_sending_it()
    {
        Digest digest = await PutAsync(Data, space: "a");
        IContentStore other = Database.Content("b");
        Fails(ErrorKind.NotFound, () => other.Info(digest));
        using IContentWriter writer = await other.OpenWriterAsync("r", 0, digest);
        Assert.Equal((Data.Length, Data.Length, digest), (writer.Offset, writer.Status.Total, writer.Digest()));
        Assert.Equal(Data.Length, other.Status("r").Offset);
        Assert.Equal(Data.Length, (await writer.CommitAsync(Data.Length, digest)).Size);
        using ContentReader reader = other.OpenReader(digest);
        Assert.Equal(Data, reader.ReadAll());
    }

    [Fact]
    public async Task Labels_are_those_of_each_namespace()
    {
        Digest digest = await PutAsync(Data, LabelSet.Of(("mine", "1")), "a");
        await PutAsync(Data, space: "b");
        Assert.Empty(Database.Content("b").Info(digest).Labels);
        Assert.Single(BlobFiles);
    }

    [Fact]
    public async Task Content_stays_until_its_last_namespace_deletes_it()
    {
        Digest digest = await PutAsync(Data, space: "a");
        await PutAsync(Data, space: "b");
        await Database.Content("a").DeleteAsync(digest);
        await Database.Content("b").UpdateAsync(new(digest, 0) { Labels = LabelSet.Of((ControlLabels.GcRoot, "1")) });
        await Database.Collector.CollectAsync();
        Assert.Single(BlobFiles);
        await Database.Content("b").DeleteAsync(digest);
        Assert.Equal(1, (await Database.Collector.CollectAsync()).RemovedBlobs);
        Assert.Empty(BlobFiles);
    }

    [Fact]
    public async Task A_shared_ingest_holds_the_bytes_that_it_waits_for()
    {
        Digest digest = await PutAsync(Data, space: "a");
        using IContentWriter writer = await Database.Content("b").OpenWriterAsync("r", 0, digest);
        await Database.Content("a").DeleteAsync(digest);
        await Database.Collector.CollectAsync();
        await writer.CommitAsync();
        Assert.Single(BlobFiles);
    }

    [Fact]
    public async Task An_aborted_shared_ingest_lets_the_bytes_go()
    {
        Digest digest = await PutAsync(Data, space: "a");
        (await Database.Content("b").OpenWriterAsync("r", 0, digest)).Dispose();
        await Database.Content("a").DeleteAsync(digest);
        await ReopenAsync();
        Assert.Single(BlobFiles);
        await Database.Content("b").AbortAsync("r");
        Assert.Empty(BlobFiles);
    }

    [Fact]
    public async Task A_shared_ingest_can_be_truncated_and_written()
    {
        Digest digest = await PutAsync(Data, space: "a");
        using (IContentWriter writer = await Database.Content("b").OpenWriterAsync("r", 0, digest))
        {
            Fails(ErrorKind.FailedPrecondition, () => writer.Write("x"u8));
            await writer.TruncateAsync(6);
        }
        using IContentWriter second = await Database.Content("b").OpenWriterAsync("r");
        Assert.Equal(6, second.Offset);
        second.Write(Data.AsSpan(6));
        await second.CommitAsync(Data.Length, digest);
    }

    [Fact]
    public async Task Isolated_namespaces_do_not_get_content_by_its_name()
    {
        await ReopenAsync(Options with { Sharing = SharingPolicy.Isolated });
        Digest digest = await PutAsync(Data, space: "a");
        using IContentWriter writer = await Database.Content("b").OpenWriterAsync("r", Data.Length, digest);
        Assert.Equal(0, writer.Offset);
        writer.Write(Data);
        await writer.CommitAsync();
        Assert.Single(BlobFiles);
    }

    [Fact]
    public async Task An_isolated_namespace_can_be_labelled_shareable()
    {
        await ReopenAsync(Options with { Sharing = SharingPolicy.Isolated });
        await Database.Namespaces.CreateAsync("a", LabelSet.Of((ControlLabels.NamespaceShareable, "true")));
        Digest digest = await PutAsync(Data, space: "a");
        using IContentWriter writer = await Database.Content("b").OpenWriterAsync("r", 0, digest);
        Assert.Equal(Data.Length, writer.Offset);
    }
}
