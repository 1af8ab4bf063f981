// Signs a file with The Update Framework, and gets it as a client that trusts nothing but the first root. A file that changed behind its signature is refused.
//   sign-and-verify FILE DIRECTORY
using Keelson.Tuf;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: sign-and-verify FILE DIRECTORY");
    return 2;
}
string metadata = Path.Combine(args[1], "metadata"), trusted = Path.Combine(args[1], "trusted"), name = Path.GetFileName(args[0]);
try
{
    // Once, by whoever publishes: one key for all roles, here.
    byte[] content = File.ReadAllBytes(args[0]);
    if (!Directory.Exists(metadata))
    {
        TufOneDialect dialect = new();
        Ed25519Signer signer = Ed25519Signer.Generate();
        TufRepositoryBuilder builder = new(dialect);
        foreach (string role in TufRoles.TopLevel) builder.SetKeys(role, 1, dialect.KeyOf(signer));
        builder.AddTarget(name, content.Length, TufHashes.Of(content));
        builder.Publish(_ => [signer]);
        await builder.WriteAsync(metadata);
    }

    // Every time, by whoever uses it.
    TufClient client = new(new TufOneDialect(), new DirectoryTufStore(trusted), new FolderFetcher(metadata));
    await client.InitializeAsync(File.ReadAllBytes(Path.Combine(metadata, "1.root.json")));
    await client.RefreshAsync();
    TufTargetFile target = await client.FindTargetAsync(name) ?? throw new FileNotFoundException($"find {name}: nobody signed it");
    using MemoryStream got = new();
    await client.DownloadAsync(target, new OneFile(args[0]), got);
    Console.WriteLine($"{name}: {got.Length} bytes, as they were signed");
    return 0;
}
catch (Exception e) when (e is TufException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

/// <summary>A repository in a folder; over HTTP it is <see cref="HttpTufFetcher"/>.</summary>
internal sealed class FolderFetcher(string folder) : ITufFetcher
{
    public Task<Stream?> OpenAsync(string path, CancellationToken cancellation)
    {
        string file = Path.Combine(folder, path);
        return Task.FromResult<Stream?>(File.Exists(file) ? File.OpenRead(file) : null);
    }
}

/// <summary>A repository of one target.</summary>
internal sealed class OneFile(string file) : ITufFetcher
{
    public Task<Stream?> OpenAsync(string path, CancellationToken cancellation) => Task.FromResult<Stream?>(File.OpenRead(file));
}
