using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>What a container runs, apart from the host it runs on; the configuration of an image has the same form.</summary>
public record ContainerConfig
{
    public string Hostname { get; set => field = value ?? ""; } = "";

    public string Domainname { get; set => field = value ?? ""; } = "";

    public string User { get; set => field = value ?? ""; } = "";

    public bool AttachStdin { get; set; }

    public bool AttachStdout { get; set; }

    public bool AttachStderr { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Dictionary<string, EmptyObject>? ExposedPorts { get; set => field = Empty.ToNull(value); }

    public bool Tty { get; set; }

    public bool OpenStdin { get; set; }

    public bool StdinOnce { get; set; }

    public string[]? Env { get; set; }

    [JsonConverter(typeof(StringListConverter))]
    public string[]? Cmd { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HealthConfig? Healthcheck { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; set; }

    public string Image { get; set => field = value ?? ""; } = "";

    public Dictionary<string, EmptyObject>? Volumes { get; set; }

    public string WorkingDir { get; set => field = value ?? ""; } = "";

    [JsonConverter(typeof(StringListConverter))]
    public string[]? Entrypoint { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NetworkDisabled { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MacAddress { get; set => field = Empty.ToNull(value); }

    public string[]? OnBuild { get; set; }

    public Dictionary<string, string>? Labels { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StopSignal { get; set => field = Empty.ToNull(value); }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StopTimeout { get; set; }

    [JsonConverter(typeof(StringListConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string[]? Shell { get; set => field = Empty.ToNull(value); }
}
