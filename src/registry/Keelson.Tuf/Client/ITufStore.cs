namespace Keelson.Tuf;

/// <summary>Keeps trusted metadata between updates: the newest of each role, byte for byte as the repository gave it.</summary>
/// <remarks>A write is atomic: whenever the program ends, there is the old file or the new one.</remarks>
public interface ITufStore
{
    /// <summary>Reads the metadata of a role; null when none is kept.</summary>
    Task<ReadOnlyMemory<byte>?> LoadAsync(string role, CancellationToken cancellation = default);

    /// <summary>Replaces the metadata of a role.</summary>
    Task SaveAsync(string role, ReadOnlyMemory<byte> content, CancellationToken cancellation = default);

    /// <summary>Forgets the metadata of a role; nothing happens when none is kept.</summary>
    Task DeleteAsync(string role, CancellationToken cancellation = default);
}
