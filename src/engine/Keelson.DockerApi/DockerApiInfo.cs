namespace Keelson.DockerApi;

/// <summary>What the daemon tells of itself.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Commit">The commit that it was built from.</param>
/// <param name="Uuid">A name of this engine that stays the same as long as its root directory.</param>
/// <param name="Root">The directory of what must stay.</param>
public sealed record DockerApiInfo(string Version, string Commit, string Uuid, string Root)
{
    /// <summary>Whether it logs what is for developers.</summary>
    public bool IsDebug { get; init; }

    /// <summary>Whether containers go on when the daemon stops.</summary>
    public bool KeepsContainers { get; init; } = true;
}
