namespace Keelson.Docker;

/// <summary>The answer to POST /containers/(id)/update.</summary>
public sealed record ContainerUpdateResponse
{
    public string[]? Warnings { get; set; }
}
