namespace Keelson.Docker;

/// <summary>The answer to POST /containers/(id)/wait.</summary>
public sealed record ContainerWaitResponse
{
    public WaitError? Error { get; set; }

    public long StatusCode { get; set; }
}
