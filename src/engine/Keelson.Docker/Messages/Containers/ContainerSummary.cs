using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>A row of GET /containers/json.</summary>
public sealed record ContainerSummary
{
    public string Id { get; set => field = value ?? ""; } = "";

    public string[]? Names { get; set; }

    public string Image { get; set => field = value ?? ""; } = "";

    public string ImageID { get; set => field = value ?? ""; } = "";

    public string Command { get; set => field = value ?? ""; } = "";

    public long Created { get; set; }

    public Port[]? Ports { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRw { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SizeRootFs { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    public string State { get; set => field = value ?? ""; } = "";

    public string Status { get; set => field = value ?? ""; } = "";

    public SummaryHostConfig HostConfig { get; set => field = value ?? new(); } = new();

    public SummaryNetworkSettings? NetworkSettings { get; set; }

    public MountPoint[]? Mounts { get; set; }
}
