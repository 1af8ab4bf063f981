using System.Globalization;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Build;

/// <summary>Files that ADD fetches from addresses.</summary>
internal sealed class FetchedFiles(string directory, IBuildOutput output) : IDisposable
{
    /// <summary>The name of a file whose address tells none.</summary>
    private const string Unnamed = "__unnamed__";

    /// <summary>How long a server may take until it answers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private readonly List<FdHandle> roots = [];
    private HttpClient? client;

    /// <summary>Fetches a file.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: no name can be made of the address. Unavailable: it cannot be had.</exception>
    public async Task<SourceFile> FetchAsync(string address, string destination, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)) throw new KeelsonException(ErrorKind.InvalidArgument, $"{address} is no address");
        string name = Uri.UnescapeDataString(uri.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        if (name is "" or "." or ".." || name.AsSpan().IndexOfAny('/', '\0') >= 0)
            name = destination.EndsWith('/') ? throw new KeelsonException(ErrorKind.InvalidArgument, $"cannot determine filename for source {address}") : Unnamed;
        string folder = string.Create(CultureInfo.InvariantCulture, $"{directory}/fetched-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        client ??= new() { Timeout = Patience };
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
                throw new KeelsonException(ErrorKind.NotFound, string.Create(CultureInfo.InvariantCulture, $"failed to GET {address} with status {(int)answer.StatusCode} {answer.ReasonPhrase}: "));
            await output.WriteAsync("\n").ConfigureAwait(false);
            Stream body = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                FileStream file = new($"{folder}/{name}", FileMode.CreateNew, FileAccess.Write);
                await using (file.ConfigureAwait(false)) await body.CopyToAsync(file, cancel).ConfigureAwait(false);
            }
            Files.TryChangeMode($"{folder}/{name}", 0b110_000_000).ThrowIfError("chmod", name);
            File.SetLastWriteTimeUtc($"{folder}/{name}", (answer.Content.Headers.LastModified ?? DateTimeOffset.UnixEpoch).UtcDateTime);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"Get \"{address}\"", e);
        }
        FdHandle root = Files.Open(folder, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        roots.Add(root);
        return new SourceTree(root, isContext: true).Exactly(name, cancel) with { IsFetched = true };
    }

    /// <summary>Closes what was fetched; the files go with the build's directory.</summary>
    public void Dispose()
    {
        foreach (FdHandle root in roots) root.Dispose();
        client?.Dispose();
    }
}
