using System.Globalization;
using System.Text;
using Keelson.Notary.MySql;
using Keelson.Notary.Postgres;
using Keelson.Notary.Sqlite;
using Keelson.Notary.Stores;

namespace Keelson.Notary.Tests.Stores;

/// <summary>Publishes one version after the other, until it is killed. It says which ones were taken.</summary>
internal static class PublishChild
{
    public static readonly string[] Roles = ["root", "targets", "snapshot", "timestamp"];

    public static async Task<ITrustStore> OpenAsync(string place)
    {
        if (place.Contains(")/", StringComparison.Ordinal)) return await MySqlTrustStore.OpenAsync(new() { Address = place });
        return place.Contains('=', StringComparison.Ordinal) ? await PostgresTrustStore.OpenAsync(new() { Connection = place }) : SqliteTrustStore.Open(new() { Path = place });
    }

    /// <param name="place">File of a SQLite database, connection to PostgreSQL, or address of MySQL.</param>
    /// <param name="gun">The collection.</param>
    public static async Task<int> RunAsync(string place, string gun)
    {
        await using ITrustStore store = await OpenAsync(place);
        int version = (int)((await store.FindAsync(gun, "root"))?.Version ?? 0);
        for (; ; )
        {
            version++;
            // More than a page of the database each.
            byte[] data = Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture).PadLeft(9000, ' '));
            await store.UpdateAsync(gun, [.. Roles.Select(role => new TrustUpdate(role, version, data))]);
            Console.WriteLine(version);
        }
    }
}
