using System.Globalization;
using System.Text;
using Keelson.Notary.Sqlite;

namespace Keelson.Notary.Tests.Stores;

/// <summary>Publishes one version after the other, until it is killed. It says which ones were taken.</summary>
internal static class PublishChild
{
    public static readonly string[] Roles = ["root", "targets", "snapshot", "timestamp"];

    public static async Task<int> RunAsync(string file, string gun)
    {
        await using SqliteTrustStore store = SqliteTrustStore.Open(new() { Path = file });
        int version = (int)((await store.FindAsync(gun, "root"))?.Version ?? 0);
        for (; ; )
        {
            version++;
            // More than a page of the database each.
            byte[] data = Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture).PadLeft(9000, ' '));
            await store.UpdateAsync(gun, [.. Roles.Select(role => new Keelson.Notary.Stores.TrustUpdate(role, version, data))]);
            Console.WriteLine(version);
        }
    }
}
