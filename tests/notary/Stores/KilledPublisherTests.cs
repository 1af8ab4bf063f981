using System.Globalization;
using System.Text;
using Keelson.Linux.Sys;
using Keelson.Notary.Stores;
using Keelson.Notary.Tests.Support;
using Keelson.Registry.Tests;

namespace Keelson.Notary.Tests.Stores;

/// <summary>kill -9 in the midst of publishing.</summary>
public sealed class KilledPublisherTests(PostgresServer server, MariaServer maria) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task A_publisher_to_sqlite_leaves_the_version_before_or_the_new_one_with_all_roles()
    {
        string folder = TestDirectory.Make("killed");
        await RunAsync(folder + "/notary.db", () => Task.CompletedTask);
        TestDirectory.Remove(folder);
    }

    [Fact]
    public async Task A_publisher_to_postgres_leaves_the_version_before_or_the_new_one_with_all_roles()
    {
        string connection = await TestDatabase.MakeAsync(server);
        // What was sent goes on after the sender's death.
        await RunAsync(connection, () => TestDatabase.AwaitAsync(connection, "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'publisher')"), ";Application Name=publisher");
    }

    [Fact]
    public async Task A_publisher_to_mysql_leaves_the_version_before_or_the_new_one_with_all_roles()
    {
        string address = await maria.MakeAsync();
        await RunAsync(address, () => MariaServer.AwaitAsync(address, 0, "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"));
    }

    [Fact]
    public async Task A_database_server_that_is_killed_leaves_the_version_before_or_the_new_one_with_all_roles()
    {
        using MariaServer own = new();
        string address = await own.MakeAsync();
        await using ITrustStore store = await PublishChild.OpenAsync(address);
        int told = 0;
        for (int round = 1; round <= 3; round++)
        {
            int enough = told + (10 * round);
            Task publisher = Task.Run(async () =>
            {
                for (; ; Interlocked.Increment(ref told)) await store.UpdateAsync("g", [.. PublishChild.Roles.Select(role => new TrustUpdate(role, told + 1, new byte[9000]))]);
            });
            Condition.Await("versions to be published", () => publisher.IsCompleted || Volatile.Read(ref told) >= enough);
            own.Kill();
            Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<KeelsonException>(() => publisher)).Kind);
            own.Start();
            TrustFile[] current = await Task.WhenAll(PublishChild.Roles.Select(async role => (await store.FindAsync("g", role))!));
            long version = Assert.Single(current.Select(found => found.Version).Distinct());
            Assert.InRange(version, told, told + 1);
            Assert.Equal(version, (await store.ChangesAsync("g", 0, int.MaxValue)).Count);
            told = (int)version;
        }
    }

    private static async Task RunAsync(string place, Func<Task> settled, string childWords = "")
    {
        Random random = new(4);
        long last = 0;
        for (int round = 0; round < 12; round++)
        {
            using ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "publish", place + childWords, "g"], new CommandOptions
            {
                Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
            });
            int lines = random.Next(1, 60);
            Condition.Await("versions to be published", () => child.HasEnded || child.Stdout.Count(c => c == '\n') >= lines, TimeSpan.FromMinutes(1));
            Assert.False(child.HasEnded, child.Stderr);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            await settled();
            long told = long.Parse(child.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
            await using ITrustStore store = await PublishChild.OpenAsync(place);
            TrustFile[] current = await Task.WhenAll(PublishChild.Roles.Select(async role => (await store.FindAsync("g", role))!));
            long version = Assert.Single(current.Select(found => found.Version).Distinct());
            Assert.InRange(version, Math.Max(told, last), told + 1);
            Assert.All(current, found => Assert.Equal(version, long.Parse(Encoding.ASCII.GetString(found.Data.Span), CultureInfo.InvariantCulture)));
            Assert.Equal(version, (await store.ChangesAsync("g", -1, 1))[0].Version);
            Assert.Equal(version, (await store.ChangesAsync("g", 0, int.MaxValue)).Count);
            last = version;
        }
    }
}
