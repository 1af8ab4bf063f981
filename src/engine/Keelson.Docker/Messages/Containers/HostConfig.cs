using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>How a container meets its host: mounts, network, privileges, limits.</summary>
public sealed record HostConfig : Resources
{
    public string[]? Binds { get; set; }

    public string ContainerIDFile { get; set => field = value ?? ""; } = "";

    public LogConfig LogConfig { get; set => field = value ?? new(); } = new();

    public string NetworkMode { get; set => field = value ?? ""; } = "";

    public Dictionary<string, PortBinding[]>? PortBindings { get; set; }

    public RestartPolicy RestartPolicy { get; set => field = value ?? new(); } = new();

    public bool AutoRemove { get; set; }

    public string VolumeDriver { get; set => field = value ?? ""; } = "";

    public string[]? VolumesFrom { get; set; }

    [JsonConverter(typeof(StringListConverter))]
    public string[]? CapAdd { get; set; }

    [JsonConverter(typeof(StringListConverter))]
    public string[]? CapDrop { get; set; }

    public string CgroupnsMode { get; set => field = value ?? ""; } = "";

    public string[]? Dns { get; set; }

    public string[]? DnsOptions { get; set; }

    public string[]? DnsSearch { get; set; }

    public string[]? ExtraHosts { get; set; }

    public string[]? GroupAdd { get; set; }

    public string IpcMode { get; set => field = value ?? ""; } = "";

    public string Cgroup { get; set => field = value ?? ""; } = "";

    public string[]? Links { get; set; }

    public int OomScoreAdj { get; set; }

    public string PidMode { get; set => field = value ?? ""; } = "";

    public bool Privileged { get; set; }

    public bool PublishAllPorts { get; set; }

    public bool ReadonlyRootfs { get; set; }

    public string[]? SecurityOpt { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? StorageOpt { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Tmpfs { get; set => field = Empty.ToNull(value); }

    public string UTSMode { get; set => field = value ?? ""; } = "";

    public string UsernsMode { get; set => field = value ?? ""; } = "";

    public long ShmSize { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, string>? Sysctls { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Runtime { get; set => field = Empty.ToNull(value); }

    public int[]? ConsoleSize { get; set; }

    public string Isolation { get; set => field = value ?? ""; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Mount[]? Mounts { get; set => field = Empty.ToNull(value); }

    public string[]? MaskedPaths { get; set; }

    public string[]? ReadonlyPaths { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Init { get; set; }
}
