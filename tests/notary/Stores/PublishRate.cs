using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Keelson.Notary.Stores;

namespace Keelson.Notary.Tests.Stores;

/// <summary>Measures full publishes per second: four files of the size that notary's are, by 16 publishers at once.</summary>
internal static class PublishRate
{
    private const int Publishers = 16;

    /// <param name="place">File of a SQLite database, connection to PostgreSQL, address of MySQL, or <c>memory</c>.</param>
    public static async Task<int> RunAsync(string place)
    {
        await using ITrustStore store = place == "memory" ? new MemoryTrustStore() : await PublishChild.OpenAsync(place);
        byte[] data = RandomNumberGenerator.GetBytes(1500);
        await PublishAsync(store, data, 50, "warm");
        long start = Stopwatch.GetTimestamp();
        await PublishAsync(store, data, 500, "g");
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Publishers * 500 / seconds:f0} publishes per second"));
        return 0;
    }

    private static Task PublishAsync(ITrustStore store, byte[] data, int count, string name) => Task.WhenAll(Enumerable.Range(0, Publishers).Select(i => Task.Run(async () =>
    {
        for (int version = 1; version <= count; version++) await store.UpdateAsync($"{name}/{i}", [.. PublishChild.Roles.Select(role => new TrustUpdate(role, version, data))]);
    })));
}
