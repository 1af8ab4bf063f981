using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The state of a container. Times are RFC 3339; year 1 means never.</summary>
public sealed record ContainerState
{
    public string Status { get; set => field = value ?? ""; } = "";

    public bool Running { get; set; }

    public bool Paused { get; set; }

    public bool Restarting { get; set; }

    public bool OOMKilled { get; set; }

    public bool Dead { get; set; }

    public int Pid { get; set; }

    public int ExitCode { get; set; }

    public string Error { get; set => field = value ?? ""; } = "";

    public string StartedAt { get; set => field = value ?? ""; } = "";

    public string FinishedAt { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Health? Health { get; set; }
}
