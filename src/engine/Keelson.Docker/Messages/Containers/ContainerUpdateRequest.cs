namespace Keelson.Docker;

/// <summary>The body of POST /containers/(id)/update.</summary>
public sealed record ContainerUpdateRequest : Resources
{
    public RestartPolicy RestartPolicy { get; set => field = value ?? new(); } = new();
}
