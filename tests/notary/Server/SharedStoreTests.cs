using Keelson.Notary.Sqlite;
using Keelson.Notary.Tests.Support;
using Keelson.Tuf;

namespace Keelson.Notary.Tests.Server;

/// <summary>Two servers on one database: what one of them remembers of a collection the other has changed.</summary>
public sealed class SharedStoreTests : IAsyncLifetime
{
    private const string Gun = "example.org/team/app";

    private readonly string folder = TestDirectory.Make("shared");
    private NotaryHost here = null!, there = null!;
    private TestCollection collection = null!;

    public async ValueTask InitializeAsync()
    {
        MemoryKeys keys = new();
        here = await NotaryHost.StartAsync(store: Open(), keys: keys);
        there = await NotaryHost.StartAsync(store: Open(), keys: keys);
        collection = await TestCollection.MakeAsync(here, Gun);
        await collection.BeginAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await here.DisposeAsync();
        await there.DisposeAsync();
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task Updates_by_turns_follow_each_other()
    {
        for (int i = 2; i <= 9; i++) Assert.Equal((200, ""), await collection.PostAsync(Next(), i % 2 == 0 ? there : here));
        TufTrustedSet read = await ReadAsync();
        Assert.Equal((9L, 9L, 9L), (read.Targets!.Version, read.Snapshot!.Version, read.Timestamp!.Version));
    }

    [Fact]
    public async Task A_key_that_was_taken_away_at_the_other_server_signs_nothing_here()
    {
        Dictionary<string, byte[]> old = new() { [TufRoles.Targets] = collection.Resign(TufRoles.Targets) };
        // Of a version that nothing stands against.
        collection.Builder.Edit(TufRoles.Targets, _ => { });
        Dictionary<string, byte[]> ofOldKey = Next(), third = [];
        collection.SetKey(TufRoles.Targets, EcdsaSigner.Generate());
        Dictionary<string, byte[]> root = collection.Sign(TufRoles.Root);
        collection.Builder.Edit(TufRoles.Targets, _ => { });
        third[TufRoles.Targets] = collection.Resign(TufRoles.Targets);
        Assert.Equal((200, ""), await collection.PostAsync(new Dictionary<string, byte[]>(root) { [TufRoles.Targets] = third[TufRoles.Targets] }, there));
        foreach (Dictionary<string, byte[]> upload in (Dictionary<string, byte[]>[])[old, ofOldKey])
        {
            (int status, string body) = await collection.PostAsync(upload, here);
            Assert.Equal(400, status);
            Assert.Contains("ErrBadTargets", body, StringComparison.Ordinal);
        }
        Assert.Equal(third[TufRoles.Targets], (await ReadAsync()).Targets!.Envelope.Bytes.ToArray());
    }

    [Fact]
    public async Task A_key_that_was_added_at_the_other_server_signs_here()
    {
        collection.SetKey(TufRoles.Targets, EcdsaSigner.Generate());
        Dictionary<string, byte[]> root = collection.Sign(TufRoles.Root);
        Assert.Equal((200, ""), await collection.PostAsync(new Dictionary<string, byte[]>(root) { [TufRoles.Targets] = Next()[TufRoles.Targets] }, there));
        Assert.Equal((200, ""), await collection.PostAsync(Next(), here));
        Assert.Equal(3, (await ReadAsync()).Targets!.Version);
    }

    [Fact]
    public async Task A_collection_that_was_removed_at_the_other_server_is_not_added_to_here()
    {
        Dictionary<string, byte[]> update = Next();
        Assert.Equal(200, (await collection.SendAsync(HttpMethod.Delete, $"/v2/{Gun}/_trust/tuf/", by: there)).Status);
        (int status, string body) = await collection.PostAsync(update, here);
        Assert.Equal(400, status);
        Assert.Contains("no pre-existing root", body, StringComparison.Ordinal);
        Assert.Null(await here.Store.FindAsync(Gun, TufRoles.Timestamp));
        Assert.Null(await here.Store.FindAsync(Gun, TufRoles.Targets));
    }

    [Fact]
    public async Task A_collection_that_was_made_anew_at_the_other_server_takes_nothing_of_the_one_before()
    {
        Dictionary<string, byte[]> update = Next();
        Assert.Equal(200, (await collection.SendAsync(HttpMethod.Delete, $"/v2/{Gun}/_trust/tuf/", by: there)).Status);
        TestCollection anew = await TestCollection.MakeAsync(there, Gun);
        await anew.BeginAsync();
        // Its timestamp has the version that the one before had, and the update is newer than all that is there.
        Assert.Contains("ErrBadTargets", (await collection.PostAsync(update, here)).Body, StringComparison.Ordinal);
        Assert.Equal(1, (await anew.ReadAsync()).Targets!.Version);
    }

    [Fact]
    public async Task Of_publishers_who_race_at_both_servers_exactly_one_wins_a_version()
    {
        for (int round = 0; round < 10; round++)
        {
            Dictionary<string, byte[]>[] uploads = [.. Enumerable.Range(0, 4).Select(i =>
            {
                collection.Builder.AddTarget($"r{round}-{i}", 1, TufHashes.Of("1"u8));
                return new Dictionary<string, byte[]> { [TufRoles.Targets] = collection.Resign(TufRoles.Targets) };
            })];
            (int Status, string Body)[] answers = await Task.WhenAll(uploads.Select((upload, i) => collection.PostAsync(upload, i % 2 == 0 ? here : there)));
            Assert.Equal(1, answers.Count(answer => answer.Status == 200));
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Contains("\"VERSION\"", answer.Body, StringComparison.Ordinal));
            TufTrustedSet read = await ReadAsync();
            Assert.Equal(uploads[Array.FindIndex(answers, answer => answer.Status == 200)][TufRoles.Targets], read.Targets!.Envelope.Bytes.ToArray());
            collection.Builder.Accept(TufRoles.Targets, read.Targets.Envelope.Bytes);
        }
    }

    private SqliteTrustStore Open() => SqliteTrustStore.Open(new() { Path = folder + "/notary.db" });

    private Dictionary<string, byte[]> Next()
    {
        collection.Builder.Edit(TufRoles.Targets, _ => { });
        return collection.Sign(TufRoles.Targets);
    }

    /// <summary>Reads what the database has, whatever a server remembers to serve.</summary>
    private async Task<TufTrustedSet> ReadAsync()
    {
        Dictionary<string, string> files = [];
        foreach (string role in TufRoles.TopLevel) files[role] = System.Text.Encoding.UTF8.GetString((await here.Store.FindAsync(Gun, role))!.Data.Span);
        return collection.Read(files);
    }
}
