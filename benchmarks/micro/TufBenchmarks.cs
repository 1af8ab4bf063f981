using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Keelson.Tuf;

namespace Keelson.Bench.Micro;

/// <summary>A client that knows the first root alone verifies a collection of 10,000 targets in 50 delegated roles, all from memory.</summary>
/// <remarks>
/// Sketch: 54 files, about 3 MB of JSON. Each is read twice (strictness, tree), put into canonical form, hashed once or twice and verified with one
/// ECDSA signature (65 us): 54 x 65 us = 3.5 ms of signatures, the rest is JSON.
/// </remarks>
[MemoryDiagnoser]
public class TufBenchmarks
{
    private const int Roles = 50, TargetsPerRole = 200;

    private ITufDialect dialect = null!;
    private TufRepositoryBuilder repository = null!;
    private ReadOnlyMemory<byte> root, largest;

    /// <summary>The repository's dialect.</summary>
    [Params("TUF 1.0", "notary")]
    public string Dialect { get; set; } = "";

    [GlobalSetup]
    public void Build()
    {
        dialect = Dialect == "notary" ? new NotaryDialect() : new TufOneDialect();
        repository = new(dialect);
        using EcdsaSigner signer = EcdsaSigner.Generate();
        TufKey[] keys = [dialect.KeyOf(signer)];
        foreach (string role in TufRoles.TopLevel) repository.SetKeys(role, 1, keys);
        for (int role = 0; role < Roles; role++)
        {
            repository.Delegate(TufRoles.Targets, NameOf(role), 1, keys, [Dialect == "notary" ? $"d{role:d2}/" : $"d{role:d2}/*"]);
            for (int i = 0; i < TargetsPerRole; i++) repository.AddTarget(PathOf(role, i), i, TufHashes.Of(Encoding.UTF8.GetBytes(PathOf(role, i))), NameOf(role));
        }
        repository.Publish(_ => [signer]);
        root = repository.Current[TufRoles.Root];
        largest = repository.Current[NameOf(0)];
    }

    /// <summary>Refresh, then one target of each role, so that every role is got, verified and kept.</summary>
    [Benchmark]
    public async Task<int> VerifyCollection()
    {
        TufClient client = new(Dialect == "notary" ? new NotaryDialect() : new TufOneDialect(), new MemoryTufStore(), new Memory(repository.Files));
        await client.InitializeAsync(root);
        int found = 0;
        for (int role = 0; role < Roles; role++)
            if (await client.FindTargetAsync(PathOf(role, role)) is not null)
                found++;
        return found == Roles ? found : throw new InvalidOperationException($"{found} of {Roles}");
    }

    /// <summary>The floor below: the canonical form of one role of 200 targets.</summary>
    [Benchmark]
    public int CanonicalForm() => CanonicalJson.Write(TufEnvelope.Parse(largest, dialect).Signed).Length;

    private string NameOf(int role) => (Dialect == "notary" ? "targets/d" : "d") + role.ToString("d2", CultureInfo.InvariantCulture);

    private static string PathOf(int role, int target) => string.Create(CultureInfo.InvariantCulture, $"d{role:d2}/image-{target:d5}");

    private sealed class Memory(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) : ITufFetcher
    {
        public Task<Stream?> OpenAsync(string path, CancellationToken cancellation) =>
            Task.FromResult<Stream?>(files.TryGetValue(path, out ReadOnlyMemory<byte> file) ? new MemoryStream(file.ToArray(), writable: false) : null);
    }
}
