namespace Keelson.Docker;

/// <summary>When a container that ended is started again: no, always, unless-stopped, on-failure.</summary>
public sealed record RestartPolicy
{
    public string Name { get; set => field = value ?? ""; } = "";

    public int MaximumRetryCount { get; set; }
}
