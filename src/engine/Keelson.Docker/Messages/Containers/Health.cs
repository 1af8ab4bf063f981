namespace Keelson.Docker;

/// <summary>The health of a container: none, starting, healthy, unhealthy; the last checks.</summary>
public sealed record Health
{
    public string Status { get; set => field = value ?? ""; } = "";

    public int FailingStreak { get; set; }

    public HealthcheckResult[]? Log { get; set; }
}
