namespace Keelson.Content;

/// <summary>Something of a <see cref="IGarbageResource"/>, and what it needs.</summary>
/// <param name="Node">Its name.</param>
/// <param name="IsRoot">Whether it is kept although nothing refers to it, and with it what it needs.</param>
/// <param name="References">What it needs.</param>
public sealed record GarbageEntry(GarbageNode Node, bool IsRoot, IReadOnlyCollection<GarbageNode> References);
