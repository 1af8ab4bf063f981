namespace Keelson.Notary.Client;

/// <summary>Metadata of one collection in the trust directory: <c>tuf/GUN/metadata/ROLE.json</c>, as notary and docker keep them.</summary>
internal sealed class TrustCache(string collection) : ITufStore
{
    private readonly string directory = Path.Combine(collection, "metadata");

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

    public Task SaveAsync(string role, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        SecretFile.Write(PathOf(role), content.Span);
        return Task.CompletedTask;
    }

    public Task DeleteAsync(string role, CancellationToken cancellation = default)
    {
        string path = PathOf(role);
        if (File.Exists(path)) File.Delete(path);
        return Task.CompletedTask;
    }

    private string PathOf(string role)
    {
        // Roles come from metadata of others; none may lead out of the directory.
        if (role.Length == 0 || role.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('/' or '-' or '_')) || role.Split('/').Any(part => part.Length == 0))
            throw new TufException(TufFault.BadPath, $"keep {role}: not a name of a role");
        return Path.Combine(directory, role + ".json");
    }
}
