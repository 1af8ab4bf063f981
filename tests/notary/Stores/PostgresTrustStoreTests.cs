using Keelson.Notary.Postgres;
using Keelson.Notary.Stores;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;
using Npgsql;

namespace Keelson.Notary.Tests.Stores;

/// <summary>With Debian's PostgreSQL, a database for each test.</summary>
public sealed class PostgresTrustStoreTests(PostgresServer server) : TrustStoreSuite, IClassFixture<PostgresServer>
{
    private string connection = "";

    protected override async Task<ITrustStore> OpenAsync() => await AnotherAsync(connection = await TestDatabase.MakeAsync(server));

    [Fact]
    public async Task Two_processes_worth_of_stores_share_a_database_and_one_wins_a_version()
    {
        await using ITrustStore other = await AnotherAsync(connection);
        Assert.True(Store.IsShared);
        int refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            try
            {
                await (i % 2 == 0 ? Store : other).UpdateAsync(Gun + i / 2, [Of("root", 1), Of("timestamp", 1)]);
            }
            catch (KeelsonException e) when (e.Kind == ErrorKind.AlreadyExists)
            {
                Interlocked.Increment(ref refused);
            }
        })));
        Assert.Equal((50, 50), (refused, (await Store.ChangesAsync(null, 0, 1000)).Count));
    }

    [Fact]
    public async Task Against_a_writer_that_knows_no_turns_the_rule_of_the_table_decides()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1)]);
        await using NpgsqlConnection other = new(connection + ";Pooling=false");
        await other.OpenAsync();
        foreach (bool isTaken in (bool[])[true, false])
        {
            await using NpgsqlTransaction transaction = await other.BeginTransactionAsync();
            await using NpgsqlCommand insert = new("INSERT INTO tuf_files (gun, role, version, data) VALUES ('" + Gun + "', 'root', 2, 'theirs')", other, transaction);
            await insert.ExecuteNonQueryAsync();
            Task ours = Store.UpdateAsync(Gun, [Of("targets", 1), Of("root", 2)]);
            await TestDatabase.AwaitAsync(connection, "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')");
            Assert.False(ours.IsCompleted);
            if (isTaken)
            {
                await transaction.CommitAsync();
                Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => ours)).Kind);
                Assert.Null(await Store.FindAsync(Gun, "targets"));
                Assert.Equal("theirs", Text(await Store.FindAsync(Gun, "root")));
                await TestDatabase.RunAsync(connection, "DELETE FROM tuf_files WHERE version = 2");
            }
            else
            {
                await transaction.RollbackAsync();
                await ours;
                Assert.Equal("root 2", Text(await Store.FindAsync(Gun, "root")));
            }
        }
    }

    [Fact]
    public async Task Connections_that_the_server_ended_are_made_again()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1)]);
        server.EndConnections();
        Assert.Equal("root 1", Text(await Store.FindAsync(Gun, "root")));
    }

    [Fact]
    public async Task Several_that_make_tables_at_once_agree()
    {
        string fresh = await TestDatabase.MakeAsync(server);
        ITrustStore[] stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AnotherAsync(fresh))));
        foreach (ITrustStore store in stores) await store.DisposeAsync();
    }

    [Fact]
    public async Task An_older_schema_gets_what_it_lacks_and_deleted_rows_give_way()
    {
        string old = await TestDatabase.MakeAsync(server, """
            CREATE TABLE tuf_files (id serial PRIMARY KEY, created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL,
                gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version integer NOT NULL, data bytea NOT NULL, sha256 char(64) DEFAULT NULL);
            INSERT INTO tuf_files (created_at, gun, role, version, sha256, data, deleted_at) VALUES
                ('2017-03-01 10:00:00', 'g', 'timestamp', 1, 'aa', '1', NULL), ('2017-03-02 10:00:00', 'g', 'timestamp', 2, 'bb', '2', NULL),
                ('2017-03-03 10:00:00', 'g', 'timestamp', 3, 'cc', '3', now()), (NULL, 'g', 'root', 1, NULL, '4', NULL);
            """);
        await using ITrustStore store = await AnotherAsync(old);
        TrustFile current = (await store.FindAsync("g", "timestamp"))!;
        Assert.Equal((2L, "2", "bb", new DateTimeOffset(2017, 3, 2, 10, 0, 0, TimeSpan.Zero)), (current.Version, Text(current), current.Sha256, current.CreatedAt));
        Assert.Equal("4", Text(await store.FindAsync("g", "root")));
        Assert.Equal(["aa", "bb"], (await store.ChangesAsync("g", 0, 10)).Select(change => change.Sha256));
        await store.UpdateAsync("g", [Of("timestamp", 3)]);
        Assert.Equal("timestamp 3", Text(await store.FindAsync("g", "timestamp")));
        Assert.True(await store.DeleteAsync("g"));
    }

    [Fact]
    public async Task A_user_who_may_not_make_tables_uses_those_that_are_there()
    {
        await TestDatabase.RunAsync(connection, "DROP ROLE IF EXISTS server; CREATE ROLE server LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON tuf_files, changefeed, change_category TO server; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO server; DROP INDEX keelson_tuf_files_gun_idx");
        await using ITrustStore store = await AnotherAsync(connection.Replace("Username=keelson", "Username=server", StringComparison.Ordinal));
        await store.UpdateAsync(Gun, [Of("timestamp", 1)]);
        Assert.Single(await store.ChangesAsync(null, 0, 10));
        await store.UpdateAsync("B", [Of("root", 1), Of("targets", 1)]);
        await store.UpdateAsync("a", [Of("root", 1)]);
        Assert.Equal(["a", Gun], await store.ListAsync("B", 5));
    }

    [Fact]
    public async Task A_text_that_is_no_connection_is_refused_without_repeating_it()
    {
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => AnotherAsync("Password=secret;Nonsense=1"));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }

    private async Task<ITrustStore> AnotherAsync(string to) => await PostgresTrustStore.OpenAsync(new() { Connection = to, Time = Clock });
}
