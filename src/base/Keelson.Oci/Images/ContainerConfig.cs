using System.Text.Json.Serialization;

namespace Keelson.Oci;

/// <summary>How a container of an image starts, where its caller says nothing else.</summary>
/// <remarks>image-spec 1.1 config "config", with docker's Healthcheck, OnBuild, Shell, StopTimeout and ArgsEscaped. The names are those of Go's fields.</remarks>
public sealed record ContainerConfig
{
    /// <summary>User and group: <c>user</c>, <c>uid</c>, <c>user:group</c>, <c>uid:gid</c>.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports as keys: <c>80/tcp</c>; the values are empty objects.</summary>
    [JsonPropertyName("ExposedPorts")]
    public IReadOnlyDictionary<string, EmptyObject>? ExposedPorts { get; init; }

    /// <summary>Variables as <c>NAME=value</c>.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>The words before those of the caller.</summary>
    [JsonPropertyName("Entrypoint")]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>The words when the caller gives none.</summary>
    [JsonPropertyName("Cmd")]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Directories as keys that get a volume; the values are empty objects.</summary>
    [JsonPropertyName("Volumes")]
    public IReadOnlyDictionary<string, EmptyObject>? Volumes { get; init; }

    /// <summary>Working directory.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDirectory { get; init; }

    /// <summary>Free notes.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The signal that asks the process to end: <c>SIGTERM</c> or a number.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>Docker: seconds between that signal and SIGKILL.</summary>
    [JsonPropertyName("StopTimeout")]
    public int? StopTimeoutSeconds { get; init; }

    /// <summary>Docker: whether the container is well.</summary>
    [JsonPropertyName("Healthcheck")]
    public ImageHealthcheck? Healthcheck { get; init; }

    /// <summary>Docker: instructions for the build of an image on top of this one.</summary>
    [JsonPropertyName("OnBuild")]
    public IReadOnlyList<string>? OnBuild { get; init; }

    /// <summary>Docker: the shell of instructions in shell form.</summary>
    [JsonPropertyName("Shell")]
    public IReadOnlyList<string>? Shell { get; init; }

    /// <summary>Whether <see cref="Cmd"/> is one escaped line, on Windows.</summary>
    [JsonPropertyName("ArgsEscaped"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; init; }
}
