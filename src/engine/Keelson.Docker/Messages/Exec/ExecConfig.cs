using System.Text.Json.Serialization;

namespace Keelson.Docker;

/// <summary>The body of POST /containers/(id)/exec.</summary>
public sealed record ExecConfig
{
    public string User { get; set => field = value ?? ""; } = "";

    public bool Privileged { get; set; }

    public bool Tty { get; set; }

    public bool AttachStdin { get; set; }

    public bool AttachStderr { get; set; }

    public bool AttachStdout { get; set; }

    public bool Detach { get; set; }

    public string DetachKeys { get; set => field = value ?? ""; } = "";

    public string[]? Env { get; set; }

    public string WorkingDir { get; set => field = value ?? ""; } = "";

    [JsonConverter(typeof(StringListConverter))]
    public string[]? Cmd { get; set; }
}
