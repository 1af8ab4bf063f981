namespace Keelson.Docker;

/// <summary>The answer to GET /distribution/(name)/json.</summary>
public sealed record DistributionInspect
{
    public DistributionDescriptor Descriptor { get; set => field = value ?? new(); } = new();

    public DistributionPlatform[]? Platforms { get; set; }
}
