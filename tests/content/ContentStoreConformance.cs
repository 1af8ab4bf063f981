using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>What every <see cref="IContentStore"/> does; each implementation inherits it.</summary>
public abstract class ContentStoreConformance : StoreTest
{
    private static readonly byte[] Hello = "hello, content"u8.ToArray();

    protected abstract IContentStore Store { get; }

    [Fact]
    public async Task Committed_content_can_be_read_at_any_offset()
    {
        Digest digest = await Commit(Hello);
        using ContentReader reader = Store.OpenReader(digest);
        byte[] buffer = new byte[7];
        Assert.Equal(Hello.Length, reader.Size);
        Assert.Equal(7, reader.Read(buffer, 7));
        Assert.Equal("content"u8.ToArray(), buffer);
        Assert.Equal(2, reader.Read(buffer, Hello.Length - 2));
        Assert.Equal(0, reader.Read(buffer, Hello.Length + 10));
        Assert.Equal(Hello, reader.ReadAll());
    }

    [Fact]
    public async Task Info_tells_size_labels_and_times()
    {
        Digest digest = await Commit(Hello, LabelSet.Of(("a", "1")));
        ContentInfo info = Store.Info(digest);
        Assert.Equal((Hello.Length, LabelSet.Of(("a", "1"))), (info.Size, info.Labels));
        Assert.Equal(Clock.GetUtcNow(), info.CreatedAt);
        Assert.Equal(info.CreatedAt, info.UpdatedAt);
    }

    [Fact]
    public async Task Empty_content_can_be_committed()
    {
        Digest digest = await Commit([]);
        using ContentReader reader = Store.OpenReader(digest);
        Assert.Equal((0, Digest.Of([])), (reader.Size, digest));
    }

    [Fact]
    public void What_is_not_there_is_NotFound()
    {
        Digest digest = Digest.Of(Hello);
        Fails(ErrorKind.NotFound, () => Store.Info(digest));
        Fails(ErrorKind.NotFound, () => Store.OpenReader(digest));
        Fails(ErrorKind.NotFound, () => Store.Status("r"));
    }

    [Fact]
    public async Task Deleting_and_aborting_what_is_not_there_is_NotFound()
    {
        await FailsAsync(ErrorKind.NotFound, () => Store.DeleteAsync(Digest.Of(Hello)));
        await FailsAsync(ErrorKind.NotFound, () => Store.AbortAsync("r"));
        await FailsAsync(ErrorKind.NotFound, () => Store.UpdateAsync(new(Digest.Of(Hello), 1)));
    }

    [Fact]
    public async Task Status_tells_offset_total_and_times()
    {
        using IContentWriter writer = await Store.OpenWriterAsync("r", 20, Digest.Of(Hello));
        writer.Write(Hello);
        ContentStatus status = Store.Status("r");
        Assert.Equal((14, 20, Digest.Of(Hello), Clock.GetUtcNow()), (status.Offset, status.Total, status.Expected, status.StartedAt));
        Assert.Equal(status, writer.Status);
        Assert.Equal(["r"], Store.ListStatuses(Filter.Parse("ref==r")).Select(found => found.Ref));
        Assert.Empty(Store.ListStatuses(Filter.Parse("ref==s")));
    }

    [Fact]
    public async Task A_reference_goes_on_where_it_was_left()
    {
        using (IContentWriter first = await Store.OpenWriterAsync("r")) first.Write(Hello.AsSpan(0, 5));
        using IContentWriter second = await Store.OpenWriterAsync("r");
        Assert.Equal((5, Digest.Of(Hello.AsSpan(0, 5))), (second.Offset, second.Digest()));
        second.Write(Hello.AsSpan(5));
        ContentInfo info = await second.CommitAsync(Hello.Length, Digest.Of(Hello));
        Assert.Equal(Digest.Of(Hello), info.Digest);
        Fails(ErrorKind.NotFound, () => Store.Status("r"));
    }

    [Fact]
    public async Task A_second_writer_of_a_reference_is_Unavailable()
    {
        using (await Store.OpenWriterAsync("r"))
        {
            await FailsAsync(ErrorKind.Unavailable, () => Store.OpenWriterAsync("r"));
            await FailsAsync(ErrorKind.Unavailable, () => Store.AbortAsync("r"));
        }
        (await Store.OpenWriterAsync("r")).Dispose();
    }

    [Fact]
    public async Task An_aborted_ingest_is_gone()
    {
        using (IContentWriter writer = await Store.OpenWriterAsync("r")) writer.Write(Hello);
        await Store.AbortAsync("r");
        Assert.Empty(Store.ListStatuses());
        using IContentWriter again = await Store.OpenWriterAsync("r");
        Assert.Equal(0, again.Offset);
    }

    [Fact]
    public async Task A_commit_of_another_size_is_FailedPrecondition_and_keeps_the_ingest()
    {
        IContentWriter writer = await Store.OpenWriterAsync("r");
        writer.Write(Hello);
        await FailsAsync(ErrorKind.FailedPrecondition, () => writer.CommitAsync(Hello.Length + 1));
        Assert.Equal(Hello.Length, Store.Status("r").Offset);
    }

    [Fact]
    public async Task A_commit_of_another_digest_is_FailedPrecondition_and_keeps_the_ingest()
    {
        IContentWriter writer = await Store.OpenWriterAsync("r");
        writer.Write(Hello);
        await FailsAsync(ErrorKind.FailedPrecondition, () => writer.CommitAsync(0, Digest.Of("other"u8)));
        Assert.Equal(Hello.Length, Store.Status("r").Offset);
        Assert.Empty(Store.List());
    }

    [Fact]
    public async Task A_commit_of_another_digest_than_the_ingest_began_with_is_FailedPrecondition()
    {
        IContentWriter writer = await Store.OpenWriterAsync("r", 0, Digest.Of("other"u8));
        writer.Write(Hello);
        await FailsAsync(ErrorKind.FailedPrecondition, () => writer.CommitAsync());
    }

    [Fact]
    public async Task A_resumed_ingest_whose_digest_is_wrong_begins_anew()
    {
        using (IContentWriter writer = await Store.OpenWriterAsync("r", 0, Digest.Of(Hello))) writer.Write("damaged"u8);
        IContentWriter second = await Store.OpenWriterAsync("r");
        await FailsAsync(ErrorKind.FailedPrecondition, () => second.CommitAsync());
        using IContentWriter third = await Store.OpenWriterAsync("r");
        Assert.Equal(0, third.Offset);
    }

    [Fact]
    public async Task An_ingest_cannot_go_on_with_another_total_or_digest()
    {
        (await Store.OpenWriterAsync("r", 5, Digest.Of(Hello))).Dispose();
        await FailsAsync(ErrorKind.FailedPrecondition, () => Store.OpenWriterAsync("r", 6));
        await FailsAsync(ErrorKind.FailedPrecondition, () => Store.OpenWriterAsync("r", 0, Digest.Of("x"u8)));
    }

    [Fact]
    public async Task Bytes_beyond_the_total_are_FailedPrecondition()
    {
        using IContentWriter writer = await Store.OpenWriterAsync("r", 5);
        writer.Write("12345"u8);
        Fails(ErrorKind.FailedPrecondition, () => writer.Write("6"u8));
        Assert.Equal(5, writer.Offset);
    }

    [Fact]
    public async Task A_commit_before_the_total_is_FailedPrecondition()
    {
        IContentWriter writer = await Store.OpenWriterAsync("r", 5);
        writer.Write("1234"u8);
        await FailsAsync(ErrorKind.FailedPrecondition, () => writer.CommitAsync());
    }

    [Fact]
    public async Task Writing_a_digest_that_is_there_is_AlreadyExists()
    {
        Digest digest = await Commit(Hello);
        await FailsAsync(ErrorKind.AlreadyExists, () => Store.OpenWriterAsync("again", Hello.Length, digest));
        Assert.Empty(Store.ListStatuses());
    }

    [Fact]
    public async Task Committing_content_that_is_there_is_AlreadyExists_and_ends_the_ingest()
    {
        Digest digest = await Commit(Hello);
        IContentWriter writer = await Store.OpenWriterAsync("again");
        writer.Write(Hello);
        await FailsAsync(ErrorKind.AlreadyExists, () => writer.CommitAsync());
        Assert.Empty(Store.ListStatuses());
        Assert.Equal(Hello, Read(digest));
    }

    [Fact]
    public async Task Truncating_goes_back_to_an_offset()
    {
        using IContentWriter writer = await Store.OpenWriterAsync("r");
        writer.Write("hello, nonsense"u8);
        await writer.TruncateAsync(7);
        Assert.Equal(7, writer.Offset);
        writer.Write("content"u8);
        Assert.Equal(Digest.Of(Hello), (await writer.CommitAsync()).Digest);
    }

    [Fact]
    public async Task Truncating_to_a_longer_length_is_InvalidArgument()
    {
        using IContentWriter writer = await Store.OpenWriterAsync("r");
        await FailsAsync(ErrorKind.InvalidArgument, () => writer.TruncateAsync(1));
    }

    [Fact]
    public async Task A_stream_is_copied_to_its_end()
    {
        byte[] data = new byte[3_000_001];
        new Random(1).NextBytes(data);
        using IContentWriter writer = await Store.OpenWriterAsync("r");
        Assert.Equal(data.Length, await writer.CopyFromAsync(new MemoryStream(data)));
        Digest digest = (await writer.CommitAsync(data.Length, Digest.Of(data))).Digest;
        using ContentReader reader = Store.OpenReader(digest);
        using MemoryStream copy = new();
        await reader.CopyToAsync(copy);
        Assert.Equal(data, copy.ToArray());
        using Stream stream = reader.OpenStream();
        stream.Position = 3_000_000;
        Assert.Equal((data[^1], -1), (stream.ReadByte(), stream.ReadByte()));
    }

    [Fact]
    public async Task What_came_before_a_stream_broke_is_written()
    {
        byte[] data = new byte[700_000];
        new Random(2).NextBytes(data);
        using (IContentWriter writer = await Store.OpenWriterAsync("r"))
            await Assert.ThrowsAsync<IOException>(() => writer.CopyFromAsync(new BreakingStream(data)));
        using IContentWriter second = await Store.OpenWriterAsync("r");
        Assert.Equal((data.Length, Digest.Of(data)), (second.Offset, second.Digest()));
    }

    [Fact]
    public async Task A_digest_of_sha512_is_checked_too()
    {
        byte[] hash = System.Security.Cryptography.SHA512.HashData(Hello);
        Digest digest = Digest.FromHash(hash);
        using IContentWriter writer = await Store.OpenWriterAsync("r");
        writer.Write(Hello);
        await writer.CommitAsync(0, digest);
        Assert.Equal(Hello, Read(digest));
    }

    [Fact]
    public async Task Updating_replaces_sets_and_removes_labels()
    {
        Digest digest = await Commit(Hello, LabelSet.Of(("a", "1"), ("b", "2")));
        Clock.Advance(TimeSpan.FromHours(1));
        await Store.UpdateAsync(new(digest, 0) { Labels = LabelSet.Of(("c", "3"), ("d", "4")) }, ["labels.c", "labels.a"]);
        Assert.Equal(LabelSet.Of(("b", "2"), ("c", "3")), Store.Info(digest).Labels);
        ContentInfo info = await Store.UpdateAsync(new(digest, 0) { Labels = LabelSet.Of(("x", "y")) });
        Assert.Equal(LabelSet.Of(("x", "y")), info.Labels);
        Assert.Equal((Clock.GetUtcNow(), TimeSpan.FromHours(1)), (info.UpdatedAt, info.UpdatedAt - info.CreatedAt));
        Assert.Equal(info, Store.Info(digest));
    }

    [Fact]
    public async Task Updating_another_field_is_InvalidArgument()
    {
        Digest digest = await Commit(Hello);
        await FailsAsync(ErrorKind.InvalidArgument, () => Store.UpdateAsync(new(digest, 5), ["size"]));
        await FailsAsync(ErrorKind.InvalidArgument, () => Store.UpdateAsync(new(digest, 5), ["labels."]));
    }

    [Fact]
    public async Task Lists_are_filtered()
    {
        Digest a = await Commit("a"u8.ToArray(), LabelSet.Of(("kind", "layer")));
        Digest b = await Commit("b"u8.ToArray(), LabelSet.Of(("kind", "config")));
        Assert.Equal(2, Store.List().Count());
        Assert.Equal([a], Store.List(Filter.Parse("labels.kind==layer")).Select(info => info.Digest));
        Assert.Equal([b], Store.List(Filter.Parse($"digest~=^{b}$")).Select(info => info.Digest));
        Assert.Equal([b], Store.List(Filter.ParseAll([$"digest=={b}", "size==7"])).Select(info => info.Digest));
    }

    [Fact]
    public async Task Deleted_content_is_not_there_and_an_open_reader_stays_good()
    {
        Digest digest = await Commit(Hello);
        using ContentReader reader = Store.OpenReader(digest);
        await Store.DeleteAsync(digest);
        Fails(ErrorKind.NotFound, () => Store.Info(digest));
        Assert.Equal(Hello, reader.ReadAll());
    }

    [Fact]
    public async Task Many_writers_commit_at_once()
    {
        Digest[] digests = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => Commit([(byte)i, 1, 2]))));
        Assert.Equal(50, digests.Distinct().Count());
        Assert.All(digests, digest => Assert.Equal(3, Store.Info(digest).Size));
    }

    [Fact]
    public async Task Many_writers_of_the_same_content_leave_one_blob()
    {
        int committed = 0, existed = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            using IContentWriter writer = await Store.OpenWriterAsync($"r{i}");
            writer.Write(Hello);
            try
            {
                await writer.CommitAsync();
                Interlocked.Increment(ref committed);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
            {
                Interlocked.Increment(ref existed);
            }
        })));
        Assert.Equal((1, 19), (committed, existed));
        Assert.Equal(Hello, Read(Digest.Of(Hello)));
    }

    private async Task<Digest> Commit(byte[] content, LabelSet? labels = null)
    {
        using IContentWriter writer = await Store.OpenWriterAsync("commit-" + Digest.Of(content).Hex);
        writer.Write(content);
        return (await writer.CommitAsync(content.Length, Digest.Of(content), labels)).Digest;
    }

    private byte[] Read(Digest digest)
    {
        using ContentReader reader = Store.OpenReader(digest);
        return reader.ReadAll();
    }

    /// <summary>Gives its bytes in odd pieces, and then an error.</summary>
    private sealed class BreakingStream(byte[] data) : MemoryStream(data)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length ? throw new IOException("broken") : await base.ReadAsync(buffer[..Math.Min(buffer.Length, 65_537)], cancellationToken);
    }
}
