using System.Security.Cryptography;
using System.Text;

namespace Keelson.Tuf;

/// <summary>Keeps trusted metadata in a directory, one file for each role: <c>root.json</c>, <c>targets.json</c>, ...</summary>
/// <remarks>Names of delegated roles are percent-encoded, so that none leads out of the directory; very long ones are hashed.</remarks>
public sealed class DirectoryTufStore : ITufStore
{
    private const int LongestName = 200;
    private readonly string directory;

    /// <summary>Makes the store.</summary>
    /// <param name="directory">Made when it is not there. Whoever can write here decides what is trusted.</param>
    public DirectoryTufStore(string directory) => this.directory = directory;

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>?> LoadAsync(string role, CancellationToken cancellation = default)
    {
        try
        {
            return await File.ReadAllBytesAsync(PathOf(role), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task SaveAsync(string role, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(directory);
        await AtomicFile.WriteAsync(PathOf(role), async file => await file.WriteAsync(content, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string role, CancellationToken cancellation = default)
    {
        string path = PathOf(role);
        if (File.Exists(path)) File.Delete(path);
        return Task.CompletedTask;
    }

    private string PathOf(string role)
    {
        string name = PercentName.Encode(role);
        // No encoded name has a percent sign before an x, so that no role can be called like the hash of another.
        if (name.Length > LongestName) name = "%x" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(role)));
        return Path.Combine(directory, name + ".json");
    }
}
