using System.Security.Cryptography;
using System.Text;
using Keelson.Notary.Stores;

namespace Keelson.Notary.Tests.Stores;

/// <summary>What every store of collections does.</summary>
public abstract class TrustStoreSuite : IAsyncLifetime
{
    protected const string Gun = "docker.io/library/alpine";

    protected TestClock Clock { get; } = new();

    protected ITrustStore Store { get; private set; } = null!;

    protected abstract Task<ITrustStore> OpenAsync();

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public virtual async ValueTask DisposeAsync()
    {
        if (Store is not null) await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_empty_store_has_nothing()
    {
        await Store.CheckAsync();
        Assert.Null(await Store.FindAsync(Gun, "root"));
        Assert.Null(await Store.FindByVersionAsync(Gun, "root", 1));
        Assert.Null(await Store.FindByHashAsync(Gun, "root", new('0', 64)));
        Assert.Empty(await Store.ChangesAsync(null, 0, 100));
        Assert.Empty(await Store.ListAsync("", 10));
        Assert.False(await Store.DeleteAsync(Gun));
    }

    [Fact]
    public async Task A_file_is_found_by_role_version_and_hash()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1), Of("targets/releases", 1)]);
        Clock.Advance(TimeSpan.FromSeconds(90));
        await Store.UpdateAsync(Gun, [Of("root", 2)]);
        TrustFile first = Assert.IsType<TrustFile>(await Store.FindByVersionAsync(Gun, "root", 1)), second = Assert.IsType<TrustFile>(await Store.FindAsync(Gun, "root"));
        Assert.Equal(("root", 1L, "root 1", Hash("root 1")), (first.Role, first.Version, Text(first), first.Sha256));
        Assert.Equal(("root", 2L, "root 2", Hash("root 2")), (second.Role, second.Version, Text(second), second.Sha256));
        Assert.Equal((Clock.GetUtcNow() - TimeSpan.FromSeconds(90), Clock.GetUtcNow()), (first.CreatedAt, second.CreatedAt));
        Assert.Equal("root 1", Text(await Store.FindByHashAsync(Gun, "root", first.Sha256)));
        Assert.Equal("targets/releases 1", Text(await Store.FindAsync(Gun, "targets/releases")));
    }

    [Fact]
    public async Task What_is_of_another_role_collection_or_version_is_not_found()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1)]);
        Assert.Null(await Store.FindAsync(Gun, "targets"));
        Assert.Null(await Store.FindAsync(Gun + "/x", "root"));
        Assert.Null(await Store.FindAsync(Gun.ToUpperInvariant(), "root"));
        Assert.Null(await Store.FindByVersionAsync(Gun, "root", 2));
        Assert.Null(await Store.FindByVersionAsync(Gun, "root", long.MaxValue));
        Assert.Null(await Store.FindByHashAsync(Gun, "targets", Hash("root 1")));
        Assert.Null(await Store.FindByHashAsync(Gun, "root", Hash("root 2")));
        Assert.Null(await Store.FindByHashAsync(Gun, "root", "' OR 1=1 --"));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public async Task A_file_that_is_not_newer_is_refused_and_nothing_of_its_update_is_taken(long version)
    {
        await Store.UpdateAsync(Gun, [Of("root", 3)]);
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of("targets", 1), Of("timestamp", 1), Of("root", version)]));
        Assert.Equal(ErrorKind.AlreadyExists, refused.Kind);
        Assert.Null(await Store.FindAsync(Gun, "targets"));
        Assert.Null(await Store.FindAsync(Gun, "timestamp"));
        Assert.Empty(await Store.ChangesAsync(null, 0, 10));
    }

    [Fact]
    public async Task Versions_of_an_update_may_come_in_any_order_and_not_twice()
    {
        await Store.UpdateAsync(Gun, [Of("root", 2), Of("root", 1), Of("root", 5)]);
        Assert.Equal(5, (await Store.FindAsync(Gun, "root"))!.Version);
        Assert.Equal("root 1", Text(await Store.FindByVersionAsync(Gun, "root", 1)));
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of("targets", 1), Of("targets", 1)]))).Kind);
        Assert.Null(await Store.FindAsync(Gun, "targets"));
    }

    [Fact]
    public async Task What_the_tables_cannot_keep_is_refused()
    {
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of("root", 1L << 31)]))).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(new('g', 256), [Of("root", 1)]))).Kind);
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of(new('r', 256), 1)]))).Kind);
        foreach (string name in (string[])["", "nul\0", "half \ud800 a character"])
        {
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(name, [Of("root", 1)]))).Kind);
            Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of(name, 1)]))).Kind);
            Assert.Null(await Store.FindAsync(name, "root"));
            Assert.Null(await Store.FindByVersionAsync(Gun, name, 1));
            Assert.Null(await Store.FindByHashAsync(Gun, "root", name));
            Assert.Empty(await Store.ChangesAsync(name, 0, 10));
            Assert.False(await Store.DeleteAsync(name));
        }
        Assert.Empty(await Store.ListAsync("", 10));
    }

    [Fact]
    public async Task Any_bytes_are_kept()
    {
        byte[] data = RandomNumberGenerator.GetBytes(3 << 20), wasGiven = [.. data];
        await Store.UpdateAsync(Gun, [new("targets", 1, data), new("snapshot", 1, ReadOnlyMemory<byte>.Empty)]);
        data.AsSpan().Clear();
        Assert.True((await Store.FindAsync(Gun, "targets"))!.Data.Span.SequenceEqual(wasGiven));
        Assert.Equal(0, (await Store.FindAsync(Gun, "snapshot"))!.Data.Length);
    }

    [Fact]
    public async Task Of_two_publishers_of_one_version_one_wins()
    {
        for (int round = 1; round <= 10; round++)
        {
            int won = 0;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    await Store.UpdateAsync(Gun, [new("targets", round, Encoding.UTF8.GetBytes($"{round} {i}")), new("timestamp", round, Encoding.UTF8.GetBytes($"t {round} {i}"))]);
                    Interlocked.Increment(ref won);
                }
                catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
                {
                    // Another one was first.
                }
            })));
            Assert.Equal(1, won);
            Assert.Equal(Text(await Store.FindAsync(Gun, "timestamp")), "t " + Text(await Store.FindAsync(Gun, "targets")));
        }
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), (await Store.ChangesAsync(Gun, 0, 100)).Select(change => change.Version));
    }

    [Fact]
    public async Task An_update_after_a_timestamp_is_taken_only_when_the_collection_has_it()
    {
        Assert.False(await Store.UpdateAfterAsync(Gun, Hash("timestamp 1"), [Of("root", 1), Of("timestamp", 1)]));
        Assert.Null(await Store.FindAsync(Gun, "root"));
        Assert.True(await Store.UpdateAfterAsync(Gun, "", [Of("root", 1), Of("timestamp", 1)]));
        Assert.False(await Store.UpdateAfterAsync(Gun, "", [Of("root", 2), Of("timestamp", 2)]));
        Assert.True(await Store.UpdateAfterAsync(Gun, Hash("timestamp 1"), [Of("root", 2), Of("timestamp", 2)]));
        Assert.False(await Store.UpdateAfterAsync(Gun, Hash("timestamp 1"), [Of("root", 3), Of("timestamp", 3)]));
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAfterAsync(Gun, Hash("timestamp 2"), [Of("timestamp", 3), Of("root", 2)]))).Kind);
        Assert.Equal(("root 2", "timestamp 2"), (Text(await Store.FindAsync(Gun, "root")), Text(await Store.FindAsync(Gun, "timestamp"))));
        await Store.DeleteAsync(Gun);
        Assert.False(await Store.UpdateAfterAsync(Gun, Hash("timestamp 2"), [Of("timestamp", 3)]));
        Assert.Null(await Store.FindAsync(Gun, "timestamp"));
        Assert.Equal([1L, 2L, 0L], (await Store.ChangesAsync(Gun, 0, 10)).Select(change => change.Version));
    }

    [Fact]
    public async Task Of_many_updates_after_one_timestamp_one_is_taken()
    {
        string before = "";
        for (int round = 1; round <= 10; round++)
        {
            // Each has versions of its own, so that nothing else stands against any of them.
            bool[] taken = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(async () =>
            {
                try
                {
                    return await Store.UpdateAfterAsync(Gun, before, [Of("targets", (round * 10) + i), Of("timestamp", (round * 10) + i)]);
                }
                catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
                {
                    throw new InvalidOperationException("another timestamp is told of first", e);
                }
            })));
            long version = (round * 10) + 1 + Array.IndexOf(taken, true);
            Assert.Equal(1, taken.Count(wasTaken => wasTaken));
            Assert.Equal(($"targets {version}", $"timestamp {version}"), (Text(await Store.FindAsync(Gun, "targets")), Text(await Store.FindAsync(Gun, "timestamp"))));
            before = Hash($"timestamp {version}");
        }
    }

    [Fact]
    public async Task Many_at_once_are_all_taken()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => Store.UpdateAsync($"g/{i:d3}", [Of("root", 1), Of("timestamp", 1)]))));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"g/{i:d3}"), await Store.ListAsync("", 1000));
        Assert.Equal(200, (await Store.ChangesAsync(null, 0, 1000)).Select(change => change.Gun).Distinct().Count());
    }

    [Fact]
    public async Task An_update_that_was_given_up_before_it_began_is_not_done()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.UpdateAsync(Gun, [Of("root", 1)], new(canceled: true)));
        Assert.Null(await Store.FindAsync(Gun, "root"));
    }

    [Fact]
    public async Task A_removed_collection_is_gone_and_may_come_back()
    {
        await Store.UpdateAsync(Gun, [Of("root", 4), Of("timestamp", 9)]);
        await Store.UpdateAsync(Gun + "2", [Of("root", 1)]);
        Assert.True(await Store.DeleteAsync(Gun));
        Assert.False(await Store.DeleteAsync(Gun));
        Assert.Null(await Store.FindAsync(Gun, "root"));
        Assert.Null(await Store.FindByHashAsync(Gun, "root", Hash("root 4")));
        Assert.Equal([Gun + "2"], await Store.ListAsync("", 10));
        await Store.UpdateAsync(Gun, [Of("root", 1), Of("timestamp", 1)]);
        Assert.Equal([(9L, false), (0L, true), (1L, false)], (await Store.ChangesAsync(Gun, 0, 10)).Select(change => (change.Version, change.IsDeletion)));
    }

    [Fact]
    public async Task A_timestamp_writes_a_line_to_the_feed()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1), Of("targets", 1)]);
        await Store.UpdateAsync(Gun, [Of("timestamp", 3), Of("snapshot", 1)]);
        TrustChange line = Assert.Single(await Store.ChangesAsync(null, 0, 10));
        Assert.Equal(new TrustChange(line.Id, Clock.GetUtcNow(), Gun, 3, Hash("timestamp 3"), false), line);
        await Store.DeleteAsync(Gun);
        TrustChange removal = Assert.Single(await Store.ChangesAsync(null, line.Id, 10));
        Assert.Equal(new TrustChange(removal.Id, Clock.GetUtcNow(), Gun, 0, "", true), removal);
        Assert.True(removal.Id > line.Id);
    }

    [Fact]
    public async Task The_feed_is_read_in_pages_both_ways()
    {
        for (int i = 1; i <= 6; i++) await Store.UpdateAsync(i % 2 == 0 ? "even" : "odd", [Of("timestamp", i)]);
        long[] ids = [.. (await Store.ChangesAsync(null, 0, 100)).Select(change => change.Id)];
        async Task<string> Page(string? gun, long id, int records) => string.Join(' ', (await Store.ChangesAsync(gun, id, records)).Select(change => change.Version));
        Assert.Equal("1 2 3 4 5 6", await Page(null, 0, 100));
        Assert.Equal("1 2", await Page(null, 0, 2));
        Assert.Equal("3 4", await Page(null, ids[1], 2));
        Assert.Equal("", await Page(null, ids[5], 2));
        Assert.Equal("5 6", await Page(null, -1, 2));
        Assert.Equal("5 6", await Page(null, -1, -2));
        Assert.Equal("5 6", await Page(null, 0, -2));
        Assert.Equal("2 3", await Page(null, ids[3], -2));
        Assert.Equal("", await Page(null, ids[0], -2));
        Assert.Equal("1 3 5", await Page("odd", 0, 100));
        Assert.Equal("2 4", await Page("even", ids[4], -2));
        Assert.Equal("6", await Page("even", -7, 1));
        Assert.Equal("", await Page("none", 0, 100));
        Assert.Equal("1 2 3 4 5 6", await Page(null, -1, int.MinValue));
    }

    [Fact]
    public async Task Collections_are_listed_in_pages()
    {
        foreach (string gun in (string[])["b", "B/x", "a/b", "a-b", "a"]) await Store.UpdateAsync(gun, [Of("root", 1), Of("targets", 1), Of("root", 2)]);
        Assert.Equal(["B/x", "a", "a-b"], await Store.ListAsync("", 3));
        Assert.Equal(["a/b", "b"], await Store.ListAsync("a-b", 3));
        Assert.Empty(await Store.ListAsync("b", 3));
    }

    protected static TrustUpdate Of(string role, long version) => new(role, version, Encoding.UTF8.GetBytes($"{role} {version}"));

    protected static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    protected static string? Text(TrustFile? file) => file is null ? null : Encoding.UTF8.GetString(file.Data.Span);
}
