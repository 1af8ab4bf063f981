using Keelson.Notary.Server;
using Keelson.Notary.Stores;
using Keelson.Notary.Tests.Support;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Server;

/// <summary>What a server remembers of collections for the next publication.</summary>
public sealed class StateCacheTests
{
    private const string Gun = "example.org/team/app";

    [Fact]
    public void It_keeps_no_more_than_its_limit()
    {
        CollectionState state = new("", 1, null, null);
        StateCache cache = new(10 * state.WeightBytes);
        for (int i = 0; i < 1000; i++)
        {
            cache.Keep($"g{i}", state);
            Assert.Same(state, cache.Find($"g{i}"));
            Assert.InRange(cache.Bytes, state.WeightBytes, 10 * state.WeightBytes);
        }
        cache.Keep("large", state with { Snapshot = new(1, new(Enumerable.Range(0, 1000).ToDictionary(i => $"targets/{i}", _ => default(FileDigest)))) });
        Assert.Null(cache.Find("large"));
        Assert.NotNull(cache.Find("g999"));
    }

    [Fact]
    public void What_is_replaced_or_forgotten_takes_nothing()
    {
        StateCache cache = new(1 << 20);
        CollectionState first = new("", 1, null, null), second = first with { Snapshot = new(1, new() { ["targets"] = default }) };
        cache.Keep("g", first);
        cache.Keep("g", second);
        Assert.Equal(second.WeightBytes, cache.Bytes);
        cache.Forget("g");
        cache.Forget("g");
        Assert.Null(cache.Find("g"));
        Assert.Equal(0, cache.Bytes);
    }

    [Theory]
    [InlineData(64 << 20, 0)]
    [InlineData(0, 3)]
    public async Task An_update_after_another_asks_the_store_for_nothing_unless_nothing_is_remembered(long limitBytes, int reads)
    {
        CountingStore store = new();
        await using NotaryHost host = await NotaryHost.StartAsync(new() { CacheLimitBytes = limitBytes }, store);
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        for (int i = 0; i < 3; i++)
        {
            collection.Builder.Edit(TufRoles.Targets, _ => { });
            int before = store.Reads;
            Assert.Equal((200, ""), await collection.PostAsync(collection.Sign(TufRoles.Targets)));
            Assert.Equal(reads, store.Reads - before);
        }
        Assert.Equal(4, (await collection.ReadAsync()).Targets!.Version);
    }

    [Fact]
    public async Task Who_gives_up_because_others_change_the_collection_all_the_while_is_told_so()
    {
        CountingStore store = new();
        await using NotaryHost host = await NotaryHost.StartAsync(store: store);
        TestCollection collection = await TestCollection.MakeAsync(host, Gun);
        await collection.BeginAsync();
        collection.Builder.Edit(TufRoles.Targets, _ => { });
        Dictionary<string, byte[]> update = collection.Sign(TufRoles.Targets);
        store.IsOvertaken = true;
        (int status, string body) = await collection.PostAsync(update);
        Assert.Equal(400, status);
        Assert.Contains("\"VERSION\"", body, StringComparison.Ordinal);
        Assert.Equal(1, (await collection.ReadAsync()).Targets!.Version);
        store.IsOvertaken = false;
        Assert.Equal((200, ""), await collection.PostAsync(update));
    }

    /// <summary>A store in memory that counts what is read of current files.</summary>
    private sealed class CountingStore : ITrustStore
    {
        private readonly MemoryTrustStore store = new();
        private int reads;

        public string Name => store.Name;

        public int Reads => reads;

        /// <summary>Whether somebody else has always been faster.</summary>
        public bool IsOvertaken { get; set; }

        public ValueTask<TrustFile?> FindAsync(string gun, string role, CancellationToken cancel = default)
        {
            Interlocked.Increment(ref reads);
            return store.FindAsync(gun, role, cancel);
        }

        public ValueTask<TrustFile?> FindByHashAsync(string gun, string role, string sha256, CancellationToken cancel = default) => store.FindByHashAsync(gun, role, sha256, cancel);

        public ValueTask<TrustFile?> FindByVersionAsync(string gun, string role, long version, CancellationToken cancel = default) => store.FindByVersionAsync(gun, role, version, cancel);

        public Task UpdateAsync(string gun, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) => store.UpdateAsync(gun, files, cancel);

        public Task<bool> UpdateAfterAsync(string gun, string timestampSha256, IReadOnlyList<TrustUpdate> files, CancellationToken cancel = default) =>
            IsOvertaken ? Task.FromResult(false) : store.UpdateAfterAsync(gun, timestampSha256, files, cancel);

        public Task<bool> DeleteAsync(string gun, CancellationToken cancel = default) => store.DeleteAsync(gun, cancel);

        public Task<IReadOnlyList<TrustChange>> ChangesAsync(string? gun, long changeId, int records, CancellationToken cancel = default) => store.ChangesAsync(gun, changeId, records, cancel);

        public Task<IReadOnlyList<string>> ListAsync(string after, int count, CancellationToken cancel = default) => store.ListAsync(after, count, cancel);

        public Task CheckAsync(CancellationToken cancel = default) => store.CheckAsync(cancel);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
