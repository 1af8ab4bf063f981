namespace Keelson.Docker;

/// <summary>The body of POST /networks/(id)/disconnect.</summary>
public sealed record NetworkDisconnectRequest
{
    public string Container { get; set => field = value ?? ""; } = "";

    public bool Force { get; set; }
}
