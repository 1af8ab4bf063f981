using System.Text.Json.Serialization;
using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>What runs in a container and how it is seen from inside: docker's <c>Config</c>, with docker's names in JSON. Docker Engine API v1.41 <c>ContainerConfig</c>.</summary>
/// <remarks>What is <see langword="null"/> comes from the image; in a created container nothing is left to it.</remarks>
public record ContainerSettings
{
    /// <summary>The container's host name; empty for the first 12 digits of its identity.</summary>
    public string? Hostname { get; init; }

    /// <summary>The container's domain name.</summary>
    public string? Domainname { get; init; }

    /// <summary>Who runs it: <c>user</c>, <c>uid</c>, <c>user:group</c>, <c>uid:gid</c>, as the container's own files know them.</summary>
    public string? User { get; init; }

    /// <summary>Whether the client that made it meant to write its input.</summary>
    public bool AttachStdin { get; init; }

    /// <summary>Whether the client that made it meant to read its output.</summary>
    public bool AttachStdout { get; init; }

    /// <summary>Whether the client that made it meant to read its errors.</summary>
    public bool AttachStderr { get; init; }

    /// <summary>Ports that it listens on, as <c>80/tcp</c>.</summary>
    public IReadOnlyDictionary<string, EmptyObject>? ExposedPorts { get; init; }

    /// <summary>Whether it has a terminal.</summary>
    public bool Tty { get; init; }

    /// <summary>Whether its standard input is kept open for clients that come later.</summary>
    public bool OpenStdin { get; init; }

    /// <summary>Whether its standard input ends when the first client that wrote to it goes.</summary>
    public bool StdinOnce { get; init; }

    /// <summary>The environment, <c>NAME=VALUE</c>; a name alone takes the image's variable away.</summary>
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>The command, or the arguments of <see cref="Entrypoint"/>.</summary>
    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>How its health is found out.</summary>
    public ImageHealthcheck? Healthcheck { get; init; }

    /// <summary>Windows alone: whether the command is escaped. Kept for clients.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ArgsEscaped { get; init; }

    /// <summary>The image, as it was asked for.</summary>
    public string Image { get; init => field = value ?? ""; } = "";

    /// <summary>Directories inside that get a volume each.</summary>
    public IReadOnlyDictionary<string, EmptyObject>? Volumes { get; init; }

    /// <summary>The working directory; made when it is missing.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>What runs before the command's words; one empty word takes the image's away.</summary>
    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Whether it has no network at all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NetworkDisabled { get; init; }

    /// <summary>The hardware address of its network device.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MacAddress { get; init; }

    /// <summary>What a build on this image does first.</summary>
    public IReadOnlyList<string>? OnBuild { get; init; }

    /// <summary>Labels.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>The signal that stops it; SIGTERM when nothing says otherwise, as docker.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StopSignal { get; init; }

    /// <summary>How long stopping waits before it kills, in seconds; 10 when nothing says otherwise, as docker.</summary>
    [JsonPropertyName("StopTimeout"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StopTimeoutSeconds { get; init; }

    /// <summary>The shell of commands in shell form.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Shell { get; init; }
}
