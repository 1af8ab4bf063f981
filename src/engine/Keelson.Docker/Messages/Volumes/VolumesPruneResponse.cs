namespace Keelson.Docker;

/// <summary>The answer to POST /volumes/prune.</summary>
public sealed record VolumesPruneResponse
{
    public string[]? VolumesDeleted { get; set; }

    public ulong SpaceReclaimed { get; set; }
}
