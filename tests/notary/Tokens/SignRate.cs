using System.Diagnostics;
using System.Globalization;
using Keelson.Notary.Keys;
using Keelson.Notary.Pkcs11;

namespace Keelson.Notary.Tests.Tokens;

/// <summary>Measures signatures per second: a token of SoftHSM and the vault in memory in turns, by one caller and by sixteen.</summary>
internal static class SignRate
{
    private const int Rounds = 5, Callers = 16;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(0.5);

    public static async Task<int> RunAsync()
    {
        using SoftToken soft = new SoftToken().Use();
        await using TokenKeyService token = await TokenKeyService.OpenAsync(soft.Options);
        await using KeyVault vault = new(new MemoryKeyStore(), KeyVaultOptions.ForMemory());
        foreach (string algorithm in (string[])["ecdsa", "ed25519"])
            foreach (int callers in (int[])[1, Callers])
            {
                List<double> tokens = [], vaults = [];
                for (int round = 0; round < Rounds; round++)
                {
                    tokens.Add(await MeasureAsync(token, algorithm, callers));
                    vaults.Add(await MeasureAsync(vault, algorithm, callers));
                }
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{algorithm}, {callers} callers: token {Median(tokens):f0}/s, vault in memory {Median(vaults):f0}/s, {Median(tokens) / Median(vaults):f2} x"));
            }
        return 0;
    }

    private static async Task<double> MeasureAsync(IKeyService keys, string algorithm, int callers)
    {
        OnlineKey key = await keys.CreateAsync(algorithm, "g", "timestamp");
        // The size of a timestamp.
        byte[] content = new byte[400];
        await keys.SignAsync(key.Id, content);
        long start = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            int count = 0;
            for (; Stopwatch.GetElapsedTime(start) < Length; count++) await keys.SignAsync(key.Id, content);
            return count;
        })));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
