namespace Keelson.Docker;

/// <summary>The answer to POST /networks/prune.</summary>
public sealed record NetworksPruneResponse
{
    public string[]? NetworksDeleted { get; set; }
}
