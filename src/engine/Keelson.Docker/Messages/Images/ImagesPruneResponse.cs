namespace Keelson.Docker;

/// <summary>The answer to POST /images/prune.</summary>
public sealed record ImagesPruneResponse
{
    public ImageDeleteItem[]? ImagesDeleted { get; set; }

    public ulong SpaceReclaimed { get; set; }
}
