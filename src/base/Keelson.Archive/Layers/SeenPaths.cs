namespace Keelson.Archive;

/// <summary>Which paths a layer has brought, and the directories above them, as 64-bit hashes: 16 to 32 bytes a path.</summary>
/// <remarks>Two paths of one hash would make a whiteout spare a lower entry; with a million paths the odds are 1 in 40 million. FNV-1a with a random start.</remarks>
internal sealed class SeenPaths
{
    private const ulong Prime = 0x100000001b3;
    private readonly ulong start = (ulong)Random.Shared.NextInt64() | 1;
    private readonly HashSet<ulong> hashes = [];

    /// <summary>Adds a path and those above it.</summary>
    public void Add(ReadOnlySpan<byte> path)
    {
        ulong hash = start;
        foreach (byte b in path)
        {
            if (b == '/') hashes.Add(hash);
            hash = (hash ^ b) * Prime;
        }
        hashes.Add(hash);
    }

    /// <summary>Whether a path was added.</summary>
    public bool Contains(ReadOnlySpan<byte> path)
    {
        ulong hash = start;
        foreach (byte b in path) hash = (hash ^ b) * Prime;
        return hashes.Contains(hash);
    }
}
