namespace Keelson.Tuf.Conformance;

/// <summary>The client's command line that suites of conformance drive.</summary>
/// <remarks>
/// <code>
///   keelson-tuf-conformance --metadata-dir D init ROOT
///   keelson-tuf-conformance --metadata-dir D --metadata-url U refresh
///   keelson-tuf-conformance --metadata-dir D --metadata-url U --target-name N --target-base-url B --target-dir T download
/// </code>
/// The status is 0 or 1. <c>--target-name</c> may stand several times; all are downloaded after one refresh.
/// </remarks>
public static class ConformanceClient
{
    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="error">Where the reason of a failure goes.</param>
    /// <param name="time">The clock of expiry.</param>
    /// <returns>The program's status.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter error, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            Dictionary<string, List<string>> options = new(StringComparer.Ordinal);
            List<string> words = [];
            for (int i = 0; i < arguments.Length; i++)
            {
                if (!arguments[i].StartsWith("--", StringComparison.Ordinal)) words.Add(arguments[i]);
                else if (i + 1 == arguments.Length) throw new ArgumentException($"{arguments[i]} lacks a value");
                else
                {
                    if (!options.TryGetValue(arguments[i], out List<string>? values)) options[arguments[i]] = values = [];
                    values.Add(arguments[++i]);
                }
            }
            string One(string name) => options.TryGetValue(name, out List<string>? values) ? values[^1] : throw new ArgumentException($"{name} is missing");

            DirectoryTufStore store = new(One("--metadata-dir"));
            switch (words)
            {
                case ["init", string root]:
                    TufClient fresh = new(new TufOneDialect(), store, new Nowhere(), new() { Time = time ?? TimeProvider.System });
                    await fresh.InitializeAsync(await File.ReadAllBytesAsync(root));
                    return 0;
                case ["refresh"] or ["download"]:
                    using (HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) })
                    {
                        TufClient client = new(new TufOneDialect(), store, new HttpTufFetcher(http, new Uri(One("--metadata-url"))), new() { Time = time ?? TimeProvider.System });
                        await client.RefreshAsync();
                        if (words[0] == "download") await DownloadAsync(client, http, options["--target-name"], new Uri(One("--target-base-url")), One("--target-dir"));
                        return 0;
                    }
                default:
                    throw new ArgumentException("init ROOT, refresh or download");
            }
        }
        catch (Exception e) when (e is KeelsonException or IOException or ArgumentException or UriFormatException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(e is KeelsonException known ? known.FullMessage : e.Message);
            return 1;
        }
    }

    private static async Task DownloadAsync(TufClient client, HttpClient http, List<string> names, Uri address, string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (string name in names)
        {
            TufTargetFile target = await client.FindTargetAsync(name) ?? throw new TufException(TufFault.NotFound, $"find {name}: nobody describes it");
            await client.DownloadAsync(target, new HttpTufFetcher(http, address), Path.Combine(directory, TufClient.FileNameOf(target)));
        }
    }

    /// <summary>A first root is kept without a word to the repository.</summary>
    private sealed class Nowhere : ITufFetcher
    {
        public Task<Stream?> OpenAsync(string path, CancellationToken cancellation) => throw new InvalidOperationException();
    }
}
