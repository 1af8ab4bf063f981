using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The answer to GET /containers/(id)/json.</summary>
public sealed record ContainerInspect
{
    public string Id { get; set => field = value ?? ""; } = "";

    public string Created { get; set => field = value ?? ""; } = "";

    public string Path { get; set => field = value ?? ""; } = "";

    public string[]? Args { get; set; }

    public ContainerState? State { get; set; }

    public string Image { get; set => field = value ?? ""; } = "";

    public string ResolvConfPath { get; set => field = value ?? ""; } = "";

    public string HostnamePath { get; set => field = value ?? ""; } = "";

    public string HostsPath { get; set => field = value ?? ""; } = "";

    public string LogPath { get; set => field = value ?? ""; } = "";

    public string Name { get; set => field = value ?? ""; } = "";

    public int RestartCount { get; set; }

    public string Driver { get; set => field = value ?? ""; } = "";

    public string Platform { get; set => field = value ?? ""; } = "";

    public string MountLabel { get; set => field = value ?? ""; } = "";

    public string ProcessLabel { get; set => field = value ?? ""; } = "";

    public string AppArmorProfile { get; set => field = value ?? ""; } = "";

    public string[]? ExecIDs { get; set; }

    public HostConfig? HostConfig { get; set; }

    public GraphDriverData GraphDriver { get; set => field = value ?? new(); } = new();

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SizeRw { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? SizeRootFs { get; set; }

    public MountPoint[]? Mounts { get; set; }

    public ContainerConfig? Config { get; set; }

    public NetworkSettings? NetworkSettings { get; set; }
}
