using Keelson.Notary.Sqlite;
using Keelson.Notary.Stores;
using Microsoft.Data.Sqlite;

namespace Keelson.Notary.Tests.Stores;

public sealed class SqliteTrustStoreTests : TrustStoreSuite
{
    private readonly string folder = TestDirectory.Make("sqlite");

    private string File => folder + "/notary.db";

    protected override Task<ITrustStore> OpenAsync() => Task.FromResult<ITrustStore>(Another());

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task What_was_taken_is_there_when_it_is_opened_again()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1), Of("timestamp", 2)]);
        await Store.DisposeAsync();
        await using ITrustStore again = Another();
        Assert.Equal("timestamp 2", Text(await again.FindAsync(Gun, "timestamp")));
        Assert.Single(await again.ChangesAsync(null, 0, 10));
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => Store.UpdateAsync(Gun, [Of("root", 2)]))).Kind);
    }

    [Fact]
    public async Task Two_processes_worth_of_stores_take_turns_and_one_wins_a_version()
    {
        await using ITrustStore other = Another();
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
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void Its_files_are_for_their_owner_alone()
    {
        Assert.Equal(["notary.db", "notary.db-shm", "notary.db-wal"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told_of()
    {
        await System.IO.File.WriteAllTextAsync(folder + "/text", new string('x', 5000));
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => SqliteTrustStore.Open(new() { Path = folder + "/text" })).Kind);
        Assert.Equal(ErrorKind.Unavailable, Assert.Throws<KeelsonException>(() => SqliteTrustStore.Open(new() { Path = folder + "/none/x" })).Kind);
    }

    [Fact]
    public async Task A_database_without_feed_is_adopted_and_deleted_rows_give_way()
    {
        string old = folder + "/old.db";
        await using (SqliteConnection connection = new($"Data Source={old};Pooling=false"))
        {
            connection.Open();
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE "tuf_files" ("id" integer primary key autoincrement, "created_at" datetime, "updated_at" datetime, "deleted_at" datetime,
                    "gun" varchar(255) not null, "role" varchar(255) not null, "version" integer not null, "sha256" varchar(64), "data" longblob not null);
                CREATE UNIQUE INDEX idx_gun ON "tuf_files" (gun, "role", "version");
                INSERT INTO tuf_files (created_at, gun, role, version, sha256, data, deleted_at) VALUES
                    ('2017-03-01 10:00:00.123456789+00:00', 'g', 'timestamp', 1, 'aa', x'31', NULL),
                    ('2017-03-02 10:00:00+02:00', 'g', 'timestamp', 2, 'bb', x'32', NULL),
                    ('2017-03-03T10:00:00Z', 'g', 'timestamp', 3, 'cc', x'33', '2017-03-04 10:00:00+00:00'),
                    (NULL, 'g', 'root', 1, NULL, x'34', NULL);
                """;
            await command.ExecuteNonQueryAsync();
        }
        await using SqliteTrustStore store = SqliteTrustStore.Open(new() { Path = old, Time = Clock });
        TrustFile current = (await store.FindAsync("g", "timestamp"))!;
        Assert.Equal((2L, "2", new DateTimeOffset(2017, 3, 2, 8, 0, 0, TimeSpan.Zero)), (current.Version, Text(current), current.CreatedAt));
        Assert.Equal("4", Text(await store.FindAsync("g", "root")));
        Assert.Equal(["aa", "bb"], (await store.ChangesAsync("g", 0, 10)).Select(change => change.Sha256));
        await store.UpdateAsync("g", [Of("timestamp", 3)]);
        Assert.Equal("timestamp 3", Text(await store.FindAsync("g", "timestamp")));
    }

    private SqliteTrustStore Another() => SqliteTrustStore.Open(new() { Path = File, Time = Clock });
}
