using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The body of POST /containers/(id)/update.</summary>
public sealed record ContainerUpdateRequest : Resources
{
    public RestartPolicy RestartPolicy { get; set => field = value ?? new(); } = new();

    /// <summary>Keelson's own: all ports that are published from now on; <see langword="null"/> leaves them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, PortBinding[]>? PortBindings { get; set; }

    /// <summary>Keelson's own: mounts that it gets besides.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Mount[]? AddMounts { get; set; }

    /// <summary>Keelson's own: places at which a mount goes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? RemoveMounts { get; set; }
}
