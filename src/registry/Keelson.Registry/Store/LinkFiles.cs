using System.Text;
using Keelson.Oci;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <summary>Files that hold a digest.</summary>
internal sealed class LinkFiles(IStorageDriver driver)
{
    private const int LimitBytes = 4096;

    /// <summary>Reads a link. One that a crash has cut off is as good as none.</summary>
    public async ValueTask<Digest?> ReadAsync(string path, CancellationToken cancel)
    {
        if (await driver.ReadAsync(path, LimitBytes, cancel).ConfigureAwait(false) is not { } content) return null;
        return Digest.TryParse(Encoding.ASCII.GetString(content.Span).AsSpan().Trim(), out Digest digest) ? digest : null;
    }

    /// <summary>Writes a link.</summary>
    public ValueTask WriteAsync(string path, Digest digest, CancellationToken cancel) => driver.WriteAsync(path, Encoding.ASCII.GetBytes(digest.ToString()), cancel);

    /// <summary>Removes a link with the folder that it is alone in.</summary>
    public ValueTask<bool> RemoveAsync(string path, CancellationToken cancel) => driver.RemoveAsync(StorePaths.FolderOf(path), cancel);

    /// <summary>Digests of the links below a folder <c>…/ALGORITHM/HEX/link</c>.</summary>
    public async Task<List<Digest>> ListAsync(string folder, CancellationToken cancel)
    {
        List<Digest> digests = [];
        foreach (string algorithm in await driver.ListAsync(folder, cancel).ConfigureAwait(false))
            foreach (string hex in await driver.ListAsync($"{folder}/{algorithm}", cancel).ConfigureAwait(false))
                if (Digest.TryParse($"{algorithm}:{hex}", out Digest digest)) digests.Add(digest);
        return digests;
    }
}
