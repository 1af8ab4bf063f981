namespace Keelson.Docker;

/// <summary>The answer to POST /containers/create.</summary>
public sealed record ContainerCreateResponse
{
    public string Id { get; set => field = value ?? ""; } = "";

    public string[]? Warnings { get; set; }
}
