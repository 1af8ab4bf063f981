namespace Keelson.Tuf.Tests;

/// <summary>A store whose content can be compared before and after.</summary>
internal sealed class RecordingStore : ITufStore
{
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);

    /// <summary>What is kept, one line for each role.</summary>
    public string Content => string.Join('\n', files.Select(file => $"{file.Key} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file.Value))}"));

    public IEnumerable<string> Roles => files.Keys;

    /// <summary>What is kept of one role alone.</summary>
    public byte[]? this[string role]
    {
        get => files.GetValueOrDefault(role);
        set => files[role] = value!;
    }

    public Task<ReadOnlyMemory<byte>?> LoadAsync(string role, CancellationToken cancellation = default) =>
        Task.FromResult(files.TryGetValue(role, out byte[]? content) ? content : (ReadOnlyMemory<byte>?)null);

    public Task SaveAsync(string role, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        files[role] = content.ToArray();
        return Task.CompletedTask;
    }

    public Task DeleteAsync(string role, CancellationToken cancellation = default)
    {
        files.Remove(role);
        return Task.CompletedTask;
    }

    public long VersionOf(string role) => files.TryGetValue(role, out byte[]? content) ? TufJson.Parse(content).GetProperty("signed").GetProperty("version").GetInt64() : 0;
}
