using System.Data;
using System.Globalization;
using Keelson.Notary.MySql;
using Keelson.Notary.Stores;
using Keelson.Notary.Tests.Debian;
using Keelson.Notary.Tests.Support;
using MySqlConnector;

namespace Keelson.Notary.Tests.Stores;

/// <summary>With Debian's MariaDB, a database for each test.</summary>
public sealed class MySqlTrustStoreTests(MariaServer server) : TrustStoreSuite
{
    private const string Waiting = "SELECT 1 FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND t.trx_state = 'LOCK WAIT'";

    private string address = "";

    protected override async Task<ITrustStore> OpenAsync() => await AnotherAsync(address = await server.MakeAsync());

    [Fact]
    public async Task Two_processes_worth_of_stores_share_a_database_and_one_wins_a_version()
    {
        await using ITrustStore other = await AnotherAsync(address);
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
        await using MySqlConnection other = await MariaServer.OpenAsync(address);
        foreach (bool isTaken in (bool[])[true, false])
        {
            await using MySqlTransaction transaction = await other.BeginTransactionAsync();
            await InsertAsync(transaction, "root", "theirs");
            Task ours = Store.UpdateAsync(Gun, [Of("targets", 1), Of("root", 2)]);
            await MariaServer.AwaitAsync(address, 1, Waiting);
            Assert.False(ours.IsCompleted);
            if (isTaken)
            {
                await transaction.CommitAsync();
                Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => ours)).Kind);
                Assert.Null(await Store.FindAsync(Gun, "targets"));
                Assert.Equal("theirs", Text(await Store.FindAsync(Gun, "root")));
                await MariaServer.RunAsync(address, "DELETE FROM tuf_files WHERE version = 2");
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
    public async Task A_writer_that_keeps_a_version_too_long_is_told_as_one_that_has_it()
    {
        await using MySqlConnection other = await MariaServer.OpenAsync(address);
        await using MySqlTransaction transaction = await other.BeginTransactionAsync();
        await InsertAsync(transaction, "root", "theirs");
        Task ours = Store.UpdateAsync(Gun, [Of("targets", 1), Of("root", 2), Of("timestamp", 1)]), beside = Store.UpdateAsync("beside", [Of("timestamp", 1)]);
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => ours);
        Assert.Equal((ErrorKind.AlreadyExists, "update " + Gun), (refused.Kind, refused.Message));
        Assert.Equal(MySqlErrorCode.LockWaitTimeout, Assert.IsType<MySqlException>(refused.InnerException).ErrorCode);
        await beside;
        Assert.Null(await Store.FindAsync(Gun, "targets"));
        Assert.Equal("beside", Assert.Single(await Store.ChangesAsync(null, 0, 10)).Gun);
    }

    [Fact]
    public async Task What_a_deadlock_takes_back_is_done_again()
    {
        await using MySqlConnection other = await MariaServer.OpenAsync(address);
        await using MySqlTransaction transaction = await other.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        // InnoDB takes back the transaction with fewer changes.
        foreach (int i in Enumerable.Range(0, 50)) await InsertAsync(transaction, "other" + i.ToString(CultureInfo.InvariantCulture), "theirs");
        await InsertAsync(transaction, "targets", "theirs");
        Task ours = Store.UpdateAsync(Gun, [Of("root", 2), Of("targets", 2)]);
        await MariaServer.AwaitAsync(address, 1, Waiting);
        await InsertAsync(transaction, "root", "theirs");
        await transaction.RollbackAsync();
        await ours;
        Assert.Equal(("root 2", "targets 2"), (Text(await Store.FindAsync(Gun, "root")), Text(await Store.FindAsync(Gun, "targets"))));
        Assert.Equal([1L], await MariaServer.ReadAsync(address, "SELECT variable_value > 0 FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'"));
    }

    [Fact]
    public async Task Connections_that_the_server_ended_are_made_again()
    {
        await Store.UpdateAsync(Gun, [Of("root", 1)]);
        await MariaServer.EndConnectionsAsync(address);
        await Store.UpdateAsync(Gun, [Of("root", 2)]);
        await MariaServer.EndConnectionsAsync(address);
        Assert.Equal("root 2", Text(await Store.FindAsync(Gun, "root")));
    }

    [Fact]
    public async Task Several_that_make_tables_at_once_agree()
    {
        string fresh = await server.MakeAsync();
        ITrustStore[] stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AnotherAsync(fresh))));
        foreach (ITrustStore store in stores) await store.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Names_of_any_characters_that_differ_in_case_or_accents_are_different(bool isAdopted)
    {
        await using ITrustStore store = await AnotherAsync(await server.MakeAsync(isAdopted ? DebianSchema.MySqlServer : null));
        string[] names = ["G/App", "g/app", "g/\u00e1pp", "g/\U0001F40B"];
        foreach (string name in names) await store.UpdateAfterAsync(name, "", [new("root", 1, System.Text.Encoding.UTF8.GetBytes(name)), new("Root", 1, new byte[1]), Of("timestamp", 1)]);
        Assert.Equal(names, await store.ListAsync("", 10));
        foreach (string name in names) Assert.Equal(name, Text(await store.FindAsync(name, "root")));
        Assert.Single(await store.ChangesAsync("g/app", 0, 10));
        Assert.True(await store.DeleteAsync("g/app"));
        Assert.Equal(["G/App", "g/\u00e1pp", "g/\U0001F40B"], await store.ListAsync("", 10));
        Assert.Null(await store.FindByHashAsync("G/App", "root", Hash("G/App").ToUpperInvariant()));
        // A blank at the end is nothing to the database, and no name here.
        Assert.Equal(ErrorKind.InvalidArgument, (await Assert.ThrowsAsync<KeelsonException>(() => store.UpdateAsync("G/App ", [Of("root", 2)]))).Kind);
        Assert.Null(await store.FindAsync("G/App ", "root"));
        Assert.False(await store.DeleteAsync("G/App "));
    }

    [Fact]
    public async Task An_older_schema_gets_what_it_lacks_and_deleted_rows_give_way()
    {
        await using ITrustStore store = await AnotherAsync(await server.MakeAsync("""
            CREATE TABLE tuf_files (id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL,
                gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version int(11) NOT NULL, data longblob NOT NULL, sha256 char(64) DEFAULT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8;
            INSERT INTO tuf_files (created_at, gun, role, version, sha256, data, deleted_at) VALUES
                ('2017-03-01 10:00:00', 'g', 'timestamp', 1, 'aa', '1', NULL), ('2017-03-02 10:00:00', 'g', 'timestamp', 2, 'bb', '2', NULL),
                ('2017-03-03 10:00:00', 'g', 'timestamp', 3, 'cc', '3', now()), (NULL, 'g', 'root', 1, NULL, '4', NULL);
            """));
        TrustFile current = (await store.FindAsync("g", "timestamp"))!;
        Assert.Equal((2L, "2", "bb", new DateTimeOffset(2017, 3, 2, 10, 0, 0, TimeSpan.Zero)), (current.Version, Text(current), current.Sha256, current.CreatedAt));
        Assert.Equal("4", Text(await store.FindAsync("g", "root")));
        Assert.Equal(["aa", "bb"], (await store.ChangesAsync("g", 0, 10)).Select(change => change.Sha256));
        await store.UpdateAsync("g", [Of("timestamp", 3)]);
        Assert.Equal("timestamp 3", Text(await store.FindAsync("g", "timestamp")));
        Assert.Equal(ErrorKind.AlreadyExists, (await Assert.ThrowsAsync<KeelsonException>(() => store.UpdateAsync("g", [Of("timestamp", 3)]))).Kind);
        Assert.True(await store.DeleteAsync("g"));
    }

    [Fact]
    public async Task A_feed_without_categories_gets_them()
    {
        string old = await server.MakeAsync(DebianSchema.MySqlServer + "ALTER TABLE changefeed DROP FOREIGN KEY changefeed_ibfk_1, DROP COLUMN category; DROP TABLE change_category; INSERT INTO changefeed (gun, version, sha256) VALUES ('g', 7, 'aa')");
        await using ITrustStore store = await AnotherAsync(old);
        await store.UpdateAsync("g", [Of("timestamp", 8)]);
        await store.DeleteAsync("g");
        Assert.Equal([(7L, false), (8L, false), (0L, true)], (await store.ChangesAsync("g", 0, 10)).Select(change => (change.Version, change.IsDeletion)));
    }

    [Fact]
    public async Task A_user_who_may_not_change_tables_uses_those_that_are_exact_and_no_others()
    {
        const string Grants = "SELECT, INSERT, UPDATE, DELETE";
        await using ITrustStore store = await AnotherAsync(await server.AsAsync(address, Grants));
        await store.UpdateAsync(Gun, [Of("timestamp", 1)]);
        Assert.Single(await store.ChangesAsync(null, 0, 10));
        string notarys = await server.AsAsync(await server.MakeAsync(DebianSchema.MySqlServer), Grants);
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => AnotherAsync(notarys));
        Assert.Equal(ErrorKind.FailedPrecondition, refused.Kind);
        Assert.Contains("ALTER TABLE tuf_files MODIFY gun varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, MODIFY role", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_without_transactions_are_refused()
    {
        string flat = await server.MakeAsync(DebianSchema.MySqlServer + "ALTER TABLE tuf_files ENGINE = MyISAM");
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => AnotherAsync(flat));
        Assert.Equal((ErrorKind.FailedPrecondition, "mysql: open tuf_files: its engine is MyISAM, which has no transactions as InnoDB has"), (refused.Kind, refused.Message));
    }

    [Fact]
    public async Task A_wrong_password_is_told_without_repeating_it()
    {
        KeelsonException refused = await Assert.ThrowsAsync<KeelsonException>(() => AnotherAsync(address.Replace(MariaServer.Password, "wrong-secret", StringComparison.Ordinal)));
        Assert.Equal(ErrorKind.Unavailable, refused.Kind);
        Assert.Contains("Access denied", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TLS_a_server_is_believed_that_an_authority_vouches_for()
    {
        string place = server.ByNetwork(address);
        await using (ITrustStore plain = await AnotherAsync(place + "?tls=false")) await plain.UpdateAsync("plain", [Of("root", 1)]);
        await using (ITrustStore hidden = await AnotherAsync(place + "?tls=skip-verify")) await hidden.UpdateAsync("hidden", [Of("root", 1)]);
        Assert.Equal(["hidden", "plain"], await Store.ListAsync("", 10));
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => AnotherAsync(place + "?tls=true"))).Kind);
        using ChildProcess trusting = ChildProcess.Start([Environment.ProcessPath!, "publish", place + "?tls=true", "verified"], new CommandOptions
        {
            Environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = server.Authority, ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
        });
        Condition.Await("a version to be published", () => trusting.HasEnded || trusting.Stdout.Contains('\n'), TimeSpan.FromMinutes(1));
        Assert.False(trusting.HasEnded, trusting.Stderr);
    }

    private static async Task InsertAsync(MySqlTransaction transaction, string role, string data)
    {
        await using MySqlCommand insert = new($"INSERT INTO tuf_files (gun, role, version, data) VALUES ('{Gun}', '{role}', 2, '{data}')", transaction.Connection, transaction);
        await insert.ExecuteNonQueryAsync();
    }

    private async Task<ITrustStore> AnotherAsync(string to) => await MySqlTrustStore.OpenAsync(new() { Address = to, Time = Clock });
}
