namespace Keelson.Docker;

/// <summary>The answer to POST /containers/prune.</summary>
public sealed record ContainersPruneResponse
{
    public string[]? ContainersDeleted { get; set; }

    public ulong SpaceReclaimed { get; set; }
}
