namespace Keelson.Docker;

/// <summary>The answer to POST /build/prune.</summary>
public sealed record BuildPruneResponse
{
    public string[]? CachesDeleted { get; set; }

    public ulong SpaceReclaimed { get; set; }
}
