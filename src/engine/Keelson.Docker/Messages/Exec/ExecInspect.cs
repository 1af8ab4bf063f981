namespace Keelson.Docker;

/// <summary>The answer to GET /exec/(id)/json. The detach keys are bytes in base64.</summary>
public sealed record ExecInspect
{
    public string ID { get; set => field = value ?? ""; } = "";

    public bool Running { get; set; }

    public int? ExitCode { get; set; }

    public ExecProcessConfig? ProcessConfig { get; set; }

    public bool OpenStdin { get; set; }

    public bool OpenStderr { get; set; }

    public bool OpenStdout { get; set; }

    public bool CanRemove { get; set; }

    public string ContainerID { get; set => field = value ?? ""; } = "";

    public string? DetachKeys { get; set; }

    public int Pid { get; set; }
}
