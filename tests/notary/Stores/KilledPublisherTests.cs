using System.Globalization;
using System.Text;
using Keelson.Linux.Sys;
using Keelson.Notary.Sqlite;
using Keelson.Notary.Stores;

namespace Keelson.Notary.Tests.Stores;

/// <summary>kill -9 in the midst of publishing.</summary>
public sealed class KilledPublisherTests
{
    [Fact]
    public async Task A_killed_publisher_leaves_the_version_before_or_the_new_one_with_all_roles()
    {
        string folder = TestDirectory.Make("killed"), file = folder + "/notary.db";
        Random random = new(4);
        long last = 0;
        for (int round = 0; round < 12; round++)
        {
            using ChildProcess child = ChildProcess.Start([Environment.ProcessPath!, "publish", file, "g"], new CommandOptions
            {
                Environment = new Dictionary<string, string> { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1", ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "/usr/share/dotnet" },
            });
            int lines = random.Next(1, 60);
            Condition.Await("versions to be published", () => child.HasEnded || child.Stdout.Count(c => c == '\n') >= lines, TimeSpan.FromMinutes(1));
            Assert.False(child.HasEnded, child.Stderr);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            long told = long.Parse(child.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
            await using SqliteTrustStore store = SqliteTrustStore.Open(new() { Path = file });
            TrustFile[] current = await Task.WhenAll(PublishChild.Roles.Select(async role => (await store.FindAsync("g", role))!));
            long version = Assert.Single(current.Select(found => found.Version).Distinct());
            Assert.InRange(version, Math.Max(told, last), told + 1);
            Assert.All(current, found => Assert.Equal(version, long.Parse(Encoding.ASCII.GetString(found.Data.Span), CultureInfo.InvariantCulture)));
            Assert.Equal(version, (await store.ChangesAsync("g", -1, 1))[0].Version);
            Assert.Equal(version, (await store.ChangesAsync("g", 0, int.MaxValue)).Count);
            last = version;
        }
        TestDirectory.Remove(folder);
    }
}
