namespace Keelson.Docker;

/// <summary>One check of a container's health. Times are RFC 3339.</summary>
public sealed record HealthcheckResult
{
    public string Start { get; set => field = value ?? ""; } = "";

    public string End { get; set => field = value ?? ""; } = "";

    public int ExitCode { get; set; }

    public string Output { get; set => field = value ?? ""; } = "";
}
