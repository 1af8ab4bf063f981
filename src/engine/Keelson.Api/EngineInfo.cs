namespace Keelson.Api;

/// <summary>What the daemon tells of itself.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Revision">The commit that it was built from.</param>
/// <param name="Uuid">A name of this engine that stays the same as long as its root directory.</param>
/// <param name="Parts">What it is made of.</param>
public sealed record EngineInfo(string Version, string Revision, string Uuid, IReadOnlyList<EnginePart> Parts);
