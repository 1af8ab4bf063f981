namespace Keelson.Docker;

/// <summary>The body of POST /exec/(id)/start.</summary>
public sealed record ExecStartRequest
{
    public bool Detach { get; set; }

    public bool Tty { get; set; }
}
